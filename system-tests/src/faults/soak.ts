import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Cluster } from '@rookery/cluster'
import { faults } from './faults.ts'
import { run } from './run/run.ts'
import { nameOf, scheduleOf } from './run/schedule.ts'
import { startVictim } from './run/start.ts'
import { failedLine, lineOf, reportOf, type SeedLine } from './run/summary.ts'

const usage = `npm run soak -- --add-up FILE [--add-up FILE …]
npm run soak -- [--seed N | --seeds N-M] [--minutes N] [--fault-seconds N] [--summary FILE] [--report FILE] [--keep FOLDER]

Random faults on a cluster under load, seed after seed, until the last seed or until the minutes are over.
The seed alone decides which faults happen, for how long and in which order.

  --summary FILE   append one line of JSON for each seed
  --report FILE    write the page of Markdown that is printed at the end
  --keep FOLDER    keep the histories of seeds that broke a promise
  --add-up FILE    print one page for several summaries, without a run
`
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    'fault-seconds': { type: 'string', default: '10' },
    acked: { type: 'string', default: '1100' },
    users: { type: 'string', default: '9' },
    every: { type: 'string', default: '170' },
    only: { type: 'string', default: '' },
    summary: { type: 'string' },
    report: { type: 'string' },
    keep: { type: 'string' },
    'add-up': { type: 'string', multiple: true },
    plan: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
/** For a small machine that is busy. */
const slack = 3
const wellWithinMs = 30_000
/** Faults that take a minute or bring hundreds of clients. Only `test:faults` runs them. */
const lengthy = /^(one and four|rolling|one send|disk full|\d+ )/
const chosen = faults.filter(
  ({ name }) => new RegExp(values.only).test(name) && !lengthy.test(name),
)
const [first, last] = range()
const until = values.minutes === undefined ? Infinity : Number(values.minutes) * 60_000
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
const lines: SeedLine[] = []

if (values.help) process.stdout.write(usage)
else if (values['add-up'] !== undefined) addUp(values['add-up'])
else if (values.plan) for (let seed = first; seed <= last; seed += 1) plan(seed)
else await soak()

function range(): [number, number] {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(values.seeds ?? '') ?? []
  if (from !== undefined && to !== undefined) return [Number(from), Number(to)]
  const seed = Number(values.seed)
  return [seed, values.minutes === undefined ? seed : Infinity]
}

async function soak(): Promise<void> {
  let cluster: Cluster | null = null
  const signalled = { stop: false }
  // The current seed is still finished, and the report written.
  process.once('SIGTERM', () => (signalled.stop = true))
  for (let seed = first; seed <= last && performance.now() < until && !signalled.stop; seed += 1) {
    const from = performance.now()
    const took = (): number => (performance.now() - from) / 1000
    let line: SeedLine
    try {
      cluster ??= await startVictim(values.verbose)
      line = await runSeed(cluster, seed, took)
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      line = failedLine(seed, commit, took(), text)
      if (cluster !== null && !(await isWell(cluster))) {
        await cluster.stop()
        cluster = null
      }
    }
    note(line)
  }
  await cluster?.stop()
  const report = reportOf(`npm run soak -- ${process.argv.slice(2).join(' ')}`, lines)
  process.stdout.write(`\n${report}`)
  if (values.report !== undefined) writeFileSync(values.report, report)
  const bad = lines.filter(({ violations, error }) => violations.length > 0 || error !== undefined)
  process.exit(bad.length === 0 ? 0 : 1)
}

/** True if the cluster is good for the next seed. */
async function isWell({ services }: Cluster): Promise<boolean> {
  const ready = await Promise.allSettled(services.map((service) => service.ready(wellWithinMs)))
  return ready.every(({ status }) => status === 'fulfilled')
}

async function runSeed(cluster: Cluster, seed: number, took: () => number): Promise<SeedLine> {
  const result = await run({
    cluster,
    seed,
    rounds: scheduleOf(seed, chosen, Number(values['fault-seconds']) * 1000),
    leastAcked: Number(values.acked),
    users: Number(values.users),
    everyMs: Number(values.every),
    slack,
  })
  if (result.violations.length > 0 && values.keep !== undefined) {
    mkdirSync(values.keep, { recursive: true })
    writeFileSync(join(values.keep, `seed-${seed}.jsonl`), result.history.toLines())
  }
  return lineOf(result, commit, took())
}

function note(line: SeedLine): void {
  lines.push(line)
  if (values.summary !== undefined) appendFileSync(values.summary, `${JSON.stringify(line)}\n`)
  const { seed, seconds, acked, violations, error, recoveries, worstShownMs } = line
  const bad = error ?? violations.map(({ rule, text }) => `${rule}: ${text}`).join('\n  ')
  const healed = recoveries.map(({ name, recoveredMs }) => `${name} ${recoveredMs ?? 'late'}`)
  process.stdout.write(
    `${bad === '' ? 'ok    ' : 'FAILED'} seed ${seed}: ${acked} acked in ${seconds} s, shown late by ${worstShownMs} ms; ${healed.join('; ')}\n${bad === '' ? '' : `  ${bad}\n`}`,
  )
}

function addUp(files: readonly string[]): void {
  const all = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SeedLine),
  )
  process.stdout.write(reportOf('npm run soak', all))
}

function plan(seed: number): void {
  const rounds = scheduleOf(seed, chosen, Number(values['fault-seconds']) * 1000)
  const text = rounds.map((round) => {
    const times = round.map(({ afterMs, holdMs }) => `${afterMs}+${holdMs}`).join(' ')
    return `${nameOf(round)} (${times})`
  })
  process.stdout.write(`${seed}: ${text.join('; ')}\n`)
}
