import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startCluster } from '@rookery/cluster'
import { backPressure } from './back-pressure.ts'
import { drain } from './drain.ts'
import { lagMode, stuckReader } from './lag.ts'
import { lostPush } from './lost-push.ts'
import type { Scenario } from './scenario.ts'
import { storm } from './storm.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    sockets: { type: 'string', default: '2000' },
    verbose: { type: 'boolean', default: false },
  },
})
const scenarios: readonly Scenario[] = [
  lostPush,
  lagMode,
  stuckReader,
  drain,
  backPressure('kafka'),
  backPressure('cassandra'),
  storm(Number(values.sockets)),
].filter(({ name }) => values.only === undefined || new RegExp(values.only).test(name))

const folder = mkdtempSync(join(tmpdir(), 'rookery-limits-'))
const many = '100000'
const cluster = await startCluster({
  folder,
  apis: 1,
  chatServers: 2,
  dispatchers: 2,
  presence: 1,
  apiPort: 0,
  chatPort: 0,
  env: {
    PATH: process.env['PATH'],
    PASSWORD_HASH_MEMORY_KIB: '19456',
    PASSWORD_HASH_PASSES: '2',
    RATE_LIMIT_REGISTER: '100000/1m',
    RATE_LIMIT_REQUESTS: '100000/1s',
    RATE_LIMIT_MESSAGES_PER_SECOND: many,
    RATE_LIMIT_MESSAGE_BURST: many,
    RATE_LIMIT_REFUSALS: '1000000',
    MAX_UNAUTHENTICATED_SOCKETS: '10000',
    HEARTBEAT_INTERVAL: '60s',
    LOG_LEVEL: values.verbose ? 'warn' : 'fatal',
  },
  onLine: (name, line) => {
    if (values.verbose || name === 'engines') process.stdout.write(`${name.padEnd(14)} ${line}\n`)
  },
})
let failed = 0
for (const scenario of scenarios) {
  const { name } = scenario
  try {
    process.stdout.write(`ok     ${name}: ${await scenario.run(cluster)}\n`)
  } catch (error) {
    failed += 1
    process.stdout.write(
      `FAILED ${name}: ${(error instanceof Error ? error.message : String(error)).slice(0, 500)}\n`,
    )
  }
}
await cluster.stop()
rmSync(folder, { recursive: true, force: true })
process.stdout.write(`${scenarios.length - failed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)
