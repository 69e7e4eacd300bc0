import { appendFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Figures, measure, type Plan } from './measure.ts'
import { peerNames, type PeerName } from './peer.ts'
import { startPeer } from './peers.ts'
import { pin } from './processes.ts'

const loadCore = 1
const results = fileURLToPath(new URL('../../results/compare.jsonl', import.meta.url))

const rows: readonly [keyof Figures, string, number][] = [
  ['cpuPerDelivery', 'CPU a delivery, µs', 1],
  ['p50', 'send → shown p50, ms', 2],
  ['p99', 'send → shown p99, ms', 1],
  ['mostMessages', 'most messages/s with p99 ≤ 250 ms', 0],
  ['cpuPerSocket', 'CPU a new socket, µs', 0],
  ['cpuPerJoin', 'CPU a join, µs', 0],
  ['bytesPerSocket', 'memory a socket, bytes', 0],
  ['stormMs', 'all sockets back, ms', 0],
]

/**
 * Measures the peers side by side: one after the other in each round, in alternating order, their
 * processes on one core and the load on another. Prints medians and their ratios to Socket.IO, and
 * appends every round to `benchmarks/results/compare.jsonl`.
 */
export async function runCompare(
  plan: Plan & { peers: readonly PeerName[]; rounds: number },
): Promise<string[]> {
  pin(process.pid, loadCore)
  const taken = new Map<PeerName, Figures[]>(plan.peers.map((name) => [name, []]))
  for (let round = 0; round < plan.rounds; round += 1)
    for (const name of round % 2 === 0 ? plan.peers : plan.peers.toReversed()) {
      const peer = await startPeer(name, plan.users)
      try {
        const figures = await measure(peer, plan)
        taken.get(name)?.push(figures)
        const line = {
          at: new Date().toISOString(),
          peer: name,
          round,
          plan,
          figures,
          ...machine(),
        }
        appendFileSync(results, `${JSON.stringify(line)}\n`)
      } finally {
        await peer.stop()
      }
    }
  return table(taken)
}

function table(taken: ReadonlyMap<PeerName, readonly Figures[]>): string[] {
  const names = [...taken.keys()]
  const base = taken.get('socketio-redis')
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(['', ...names]),
    line(['---', ...names.map(() => '---')]),
    ...rows.map(([key, title, digits]) =>
      line([
        title,
        ...names.map((name) => {
          const value = median(taken.get(name) ?? [], key)
          const ratio = base === undefined ? null : value / median(base, key)
          return `${value.toFixed(digits)}${ratio === null ? '' : ` (${ratio.toFixed(2)} ×)`}`
        }),
      ]),
    ),
  ]
}

function median(figures: readonly Figures[], key: keyof Figures): number {
  const sorted = figures.map((one) => one[key]).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

function machine(): { node: string; cpu: string } {
  return { node: process.versions.node, cpu: `${cpus().length} × ${cpus()[0]?.model ?? ''}` }
}

/** @throws Error naming the peers that exist */
export function peersOf(list: string): PeerName[] {
  return list.split(',').map((name) => {
    const known = peerNames.find((one) => one === name)
    if (known === undefined) throw new Error(`there is no peer ${name}: ${peerNames.join(', ')}`)
    return known
  })
}
