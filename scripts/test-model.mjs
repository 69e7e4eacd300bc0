// The dispatcher's model over far more random schedules than in `npm test`: --schedules N (default
// 100,000), --seed N (the first).
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root, setUp } from './lib/set-up.mjs'

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
  },
})
setUp()
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js')
const flags = ['--experimental-vm-modules', '--no-warnings', jest]
const args = ['--selectProjects', 'services/dispatcher', '--testPathPatterns', 'fold-model']
const done = spawnSync(process.execPath, [...flags, ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, MODEL_SCHEDULES: values.schedules, MODEL_SEED: values.seed },
})
process.exit(done.status ?? 1)
