const password = 'benchmark password'

interface Group {
  name: string
  /** The name to ask for at the nth try. */
  username: (n: number) => string
  times: number[]
}

/**
 * Tests whether the time of a refused log-in reveals if the user exists. The tries alternate at
 * random, one at a time, so that nothing else differs.
 */
export async function runNames(server: string, tries: number): Promise<string[]> {
  const stamp = Date.now().toString(36)
  const known = Array.from({ length: 5 }, (_, n) => `known-${stamp}-${n}`)
  for (const username of known) await post(server, '/auth/register', { username, password })
  const groups: readonly Group[] = [
    { name: 'known', username: (n) => known[n % known.length] ?? '', times: [] },
    { name: 'unknown', username: (n) => `nobody-${stamp}-${n % known.length}`, times: [] },
  ]
  for (let n = 0; n < tries * groups.length; n += 1) {
    const group = groups[Math.floor(Math.random() * groups.length)] as Group
    const username = group.username(group.times.length)
    const from = performance.now()
    const said = await post(server, '/auth', { username, password: `${password}!` })
    group.times.push(performance.now() - from)
    if (!said.includes('invalid_credentials')) throw new Error(`${username}: ${said}`)
  }
  const [a, b] = groups.map(({ times }) => times) as [number[], number[]]
  const z = rankSum(a, b)
  const verdict = Math.abs(z) < 3 ? 'no difference seen' : 'A DIFFERENCE'
  return [
    'refused log-ins, one at a time:',
    ...groups.map(({ name, times }) => `  ${name}: ${quartiles(times)} (n = ${times.length})`),
    `  rank-sum test: z = ${z.toFixed(2)}: ${verdict} (|z| ≥ 3 comes of chance once in 370 runs)`,
  ]
}

async function post(server: string, path: string, body: unknown): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const sent = { method: 'POST', headers, body: JSON.stringify(body) }
  return (await fetch(`${server}${path}`, sent)).text()
}

function quartiles(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): string =>
    (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(2)
  return `quartiles ${at(0.25)}, ${at(0.5)}, ${at(0.75)} ms`
}

/**
 * Mann and Whitney's test of whether one of two samples tends to be larger, as a standard normal
 * deviate.
 */
function rankSum(a: readonly number[], b: readonly number[]): number {
  const all = [
    ...a.map((value) => ({ value, ofA: true })),
    ...b.map((value) => ({ value, ofA: false })),
  ]
  all.sort((one, other) => one.value - other.value)
  const ranks = all.reduce((sum, { ofA }, index) => sum + (ofA ? index + 1 : 0), 0)
  const mean = (a.length * (all.length + 1)) / 2
  return (ranks - mean) / Math.sqrt((a.length * b.length * (all.length + 1)) / 12)
}
