import { parseArgs } from 'node:util'
import { rules } from './checker/evidence.ts'
import { faults } from './faults.ts'
import { alone } from './run/schedule.ts'
import { run, type Recovery } from './run/run.ts'
import { startVictim } from './run/start.ts'

const { values } = parseArgs({
  options: {
    /** A regular expression that the names of faults must match. */
    only: { type: 'string' },
    all: { type: 'boolean', default: false },
    users: { type: 'string', default: '9' },
    every: { type: 'string', default: '250' },
    verbose: { type: 'boolean', default: false },
  },
})
/** A choice of faults that takes at most ten minutes: one or more of each sort. */
const inTenMinutes = new RegExp(
  [
    '^chat-server (kill -9|SIGTERM)',
    '^dispatcher (kill -9|frozen|cut off from kafka)',
    '^(presence|api) kill -9',
    '^rolling restart',
    '^(redis|kafka|cassandra|zookeeper|mariadb) kill -9',
    '^redis (flushed|entries replaced by lies)',
    '^produce answers dropped',
    '^dispatcher: clock \\+2 h',
    '^poison records',
    '^one send repeated',
  ].join('|'),
)
/** For a small machine that is busy. */
const slack = 3
const only = values.all ? /^/ : values.only === undefined ? inTenMinutes : new RegExp(values.only)
const chosen = faults.filter(({ name }) => only.test(name))

let passed = 0
let failed = 0
const cluster = await startVictim(values.verbose)
try {
  const result = await run({
    cluster,
    seed: 1,
    rounds: chosen.map(alone),
    users: Number(values.users),
    everyMs: Number(values.every),
    slack,
    onRound: report,
  })
  const { invoked, acked, refused, unknown, shown, worstShownMs, violations } = result
  process.stdout.write(
    `${invoked} asked for, ${acked} acknowledged, ${refused} refused, ${unknown} unknown; ${shown} shown, at the latest ${seconds(worstShownMs)} after it was due\n`,
  )
  for (const rule of rules) {
    const broken = violations.filter((violation) => violation.rule === rule)
    note(broken.length === 0, `${rule}: broken ${broken.length} times`)
    for (const { text } of broken.slice(0, 5)) process.stdout.write(`       ${text}\n`)
  }
} catch (error) {
  failed += 1
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
} finally {
  await cluster.stop()
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)

function report({ name, boundMs, recoveredMs }: Recovery): void {
  const verdict =
    recoveredMs === null
      ? `not recovered within ${slack} bounds`
      : `recovered after ${seconds(recoveredMs)}`
  note(recoveredMs !== null, `${name}: ${verdict} (bound ${seconds(boundMs)})`)
}

function note(good: boolean, line: string): void {
  if (good) passed += 1
  else failed += 1
  process.stdout.write(`${good ? 'ok    ' : 'FAILED'} ${line}\n`)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
