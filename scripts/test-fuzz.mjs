// Hostile inputs in large numbers: --cases N (default 100,000), --seed N.
import { parseArgs } from 'node:util'
import { setUp } from './lib/set-up.mjs'
import { Tally } from './lib/tally.mjs'

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '20261120' },
  },
})
setUp()
Object.assign(process.env, { FUZZ_CASES: values.cases, FUZZ_SEED: values.seed })
const tally = new Tally()
await tally.jest('fuzz', [
  '--selectProjects',
  'system-tests',
  '--testPathPatterns',
  'security-fuzz',
])
tally.end()
