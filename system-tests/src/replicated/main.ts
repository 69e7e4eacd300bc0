import { parseArgs } from 'node:util'
import { startNodes } from '@rookery/engines'
import { run, type Recovery } from '../faults/run/run.ts'
import { alone } from '../faults/run/schedule.ts'
import { startVictim } from '../faults/run/start.ts'
import { nodesKilled } from './node-faults.ts'

const { values } = parseArgs({
  options: {
    /** The number of Cassandra nodes. Kafka always has three brokers. */
    nodes: { type: 'string', default: '3' },
    users: { type: 'string', default: '6' },
    every: { type: 'string', default: '400' },
    verbose: { type: 'boolean', default: false },
  },
})
const slack = 3
const onProgress = (line: string): void => void process.stdout.write(`${line}\n`)
let passed = 0
let failed = 0
const stops: (() => Promise<void>)[] = []
try {
  await chat()
} catch (error) {
  failed += 1
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
} finally {
  for (const stop of stops.reverse()) await stop()
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)

/**
 * Runs the platform on three brokers and three nodes. One of them at a time is killed while users
 * talk.
 */
async function chat(): Promise<void> {
  const kafka = await startNodes('kafka', 3, onProgress)
  stops.push(() => kafka.stop())
  const cassandra = await startNodes('cassandra', Number(values.nodes), onProgress)
  stops.push(() => cassandra.stop())
  const cluster = await startVictim(
    values.verbose,
    { apis: 1, presence: 1 },
    {
      ...kafka.variables,
      ...cassandra.variables,
      KAFKA_REPLICATION_FACTOR: '3',
      CASSANDRA_REPLICATION_FACTOR: String(cassandra.count),
      BRIDGE_REPLICATION: '3',
    },
  )
  stops.push(() => cluster.stop())
  const faults = [
    ...nodesKilled('kafka', kafka),
    // With fewer than three nodes, all must be up.
    ...(cassandra.count < 3 ? [] : nodesKilled('cassandra', cassandra)),
  ]
  const result = await run({
    cluster,
    seed: 1,
    rounds: faults.map(alone),
    users: Number(values.users),
    everyMs: Number(values.every),
    slack,
    onRound: report,
  })
  const { invoked, acked, refused, unknown, shown, violations } = result
  for (const { rule, text } of violations.slice(0, 20))
    process.stdout.write(`       ${rule}: ${text}\n`)
  note(
    violations.length === 0 && acked > 0,
    `${invoked} asked for, ${acked} acknowledged, ${refused} refused, ${unknown} unknown, ${shown} shown: ${violations.length} promises broken`,
  )
}

function report({ name, recoveredMs }: Recovery): void {
  const verdict =
    recoveredMs === null
      ? 'not recovered in time'
      : `recovered after ${(recoveredMs / 1000).toFixed(1)} s`
  note(recoveredMs !== null, `${name}: ${verdict}`)
}

function note(good: boolean, line: string): void {
  if (good) passed += 1
  else failed += 1
  process.stdout.write(`${good ? 'ok    ' : 'FAILED'} ${line}\n`)
}
