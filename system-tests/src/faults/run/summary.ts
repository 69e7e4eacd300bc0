import type { RunResult } from './run.ts'

/**
 * The result of one seed, as one line of a summary. To add several runs up, concatenate their
 * lines.
 */
export interface SeedLine {
  seed: number
  commit: string
  endedAt: string
  seconds: number
  invoked: number
  acked: number
  refused: number
  unknown: number
  shown: number
  worstShownMs: number
  recoveries: { name: string; boundMs: number; recoveredMs: number | null }[]
  violations: { rule: string; text: string }[]
  /** The error that ended the run before it could be judged. */
  error?: string
}

const maxViolations = 20

export function lineOf(result: RunResult, commit: string, seconds: number): SeedLine {
  const { seed, invoked, acked, refused, unknown, shown, worstShownMs } = result
  return {
    seed,
    commit,
    endedAt: new Date().toISOString(),
    seconds: Math.round(seconds),
    invoked,
    acked,
    refused,
    unknown,
    shown,
    worstShownMs: Math.round(worstShownMs),
    recoveries: result.recoveries.map(({ name, boundMs, recoveredMs }) => ({
      name,
      boundMs,
      recoveredMs: recoveredMs === null ? null : Math.round(recoveredMs),
    })),
    violations: result.violations.slice(0, maxViolations),
  }
}

/** The line of a run that could not be judged. */
export function failedLine(seed: number, commit: string, seconds: number, error: string): SeedLine {
  const none = { invoked: 0, acked: 0, refused: 0, unknown: 0, shown: 0, worstShownMs: 0 }
  const endedAt = new Date().toISOString()
  const rest = { recoveries: [], violations: [], error }
  return { seed, commit, endedAt, seconds: Math.round(seconds), ...none, ...rest }
}

/** A page of Markdown: counts, violations, and the times of recovery of each fault. */
export function reportOf(command: string, lines: readonly SeedLine[]): string {
  const sum = (pick: (line: SeedLine) => number): number =>
    lines.reduce((total, line) => total + pick(line), 0)
  const count = (number: number): string => number.toLocaleString('en-US')
  const bad = lines.filter(({ violations, error }) => violations.length > 0 || error !== undefined)
  const worst = Math.max(0, ...lines.map(({ worstShownMs }) => worstShownMs))
  return `# Soak

- command: \`${command}\`
- commits: ${[...new Set(lines.map(({ commit }) => commit))].join(', ')}
- seeds: ${lines.length}, of which ${bad.length} with a violation or an error; ${count(Math.round(sum(({ seconds }) => seconds) / 60))} minutes
- operations: ${count(sum(({ invoked }) => invoked))} asked for, ${count(sum(({ acked }) => acked))} acknowledged, ${count(sum(({ refused }) => refused))} refused, ${count(sum(({ unknown }) => unknown))} unknown
- events shown: ${count(sum(({ shown }) => shown))}, at the latest ${seconds(worst)} after it was due

${recoveryTable(lines)}
${bad.length === 0 ? 'No promise was broken.\n' : bad.flatMap(complaints).join('\n')}
`
}

/**
 * One row for each fault: how often it happened, and how long it took until sends of all users were
 * acknowledged and shown to all again.
 */
export function recoveryTable(lines: readonly SeedLine[]): string {
  const byName = new Map<string, SeedLine['recoveries']>()
  for (const recovery of lines.flatMap(({ recoveries }) => recoveries)) {
    // In a soak the seed decides how long a fault lasts, so the time in its name is dropped.
    const short = recovery.name.replace(/(, back after| for) \d+ s$/, '')
    const name = short.includes(' + ') ? 'two of these at once' : short
    const some = byName.get(name)
    if (some === undefined) byName.set(name, [recovery])
    else some.push(recovery)
  }
  const rows = [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, some]) => {
      const times = some.map(({ recoveredMs }) => recoveredMs ?? Infinity).sort((a, b) => a - b)
      const bound = Math.max(...some.map(({ boundMs }) => boundMs))
      const late = some.filter(
        ({ recoveredMs }) => recoveredMs === null || recoveredMs > bound,
      ).length
      const [median, worst] = [times[Math.floor((times.length - 1) / 2)], times.at(-1)]
      return `| ${name} | ${some.length} | ${seconds(bound)} | ${seconds(median)} | ${seconds(worst)} | ${late} |`
    })
  return [
    '| fault | times | bound | median | worst | beyond the bound |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

function complaints({ seed, commit, violations, error }: SeedLine): string[] {
  const all =
    error === undefined ? violations : [{ rule: 'not judged', text: error.split('\n')[0] ?? '' }]
  return all.slice(0, 5).map(({ rule, text }) => `- seed ${seed} (${commit}): ${rule}: ${text}`)
}

function seconds(ms: number | undefined): string {
  return ms === undefined || !Number.isFinite(ms) ? 'not in time' : `${(ms / 1000).toFixed(1)} s`
}
