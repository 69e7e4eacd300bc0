// Runs a program of the workspace: installs and compiles what is missing, then starts the program
// in this process. `npm run` lists them; `node scripts/run.mjs NAME [ARGUMENTS]` is the long form.
import { join } from 'node:path'
import { root, setUp, stop } from './lib/set-up.mjs'

const services = ['api', 'chat-server', 'dispatcher', 'presence'].map((name) => `services/${name}`)

/** The projects to compile, and the module that is the program. */
const programs = {
  start: { projects: ['services/standalone'], main: 'services/standalone/dist/main.js' },
  client: { projects: ['test-client'], main: 'test-client/dist/main.js' },
  cluster: { projects: ['tools/cluster', ...services], main: 'tools/cluster/dist/main.js' },
  worker: { projects: ['worker'], main: 'worker/dist/main.js' },
  manager: { projects: ['services/presence'], main: 'services/presence/dist/manager/main.js' },
  bench: { projects: ['benchmarks', 'services/standalone'], main: 'benchmarks/dist/main.js' },
  'test:faults': system('faults/main.js'),
  'test:seeded-bugs': system('faults/seeded/main.js'),
  'test:limits': system('limits/main.js'),
  'test:replicated': system('replicated/main.js'),
  'test:connections': system('connections/main.js'),
  soak: system('faults/soak.js'),
}

const [name = ''] = process.argv.splice(2, 1)
if (!Object.hasOwn(programs, name)) stop(`usage: run.mjs ${Object.keys(programs).join('|')}`)
const { projects, main } = programs[name]
setUp(...projects)
await import(join(root, main))

/** A program of the system tests, which starts the services as processes. */
function system(main) {
  return { projects: ['system-tests', ...services], main: `system-tests/dist/${main}` }
}
