import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { residentBytes } from './figures.ts'
import type { Start } from './attackers.ts'
import { User } from './user.ts'

export interface Attack {
  server: string
  metrics: readonly string[]
  attackers: number
  /** Messages a second of the two users who chat during the measurement. */
  rate: number
  /** The length of each measurement, calm and under attack. */
  seconds: number
}

/** Calm and attack alternate this often, so that other work of the machine falls on both. */
const rounds = 5

/**
 * Measures how many slow or silent clients slow down two users who chat, and the memory and CPU of
 * those clients.
 */
export async function runAttack(attack: Attack): Promise<string[]> {
  const { server, metrics, attackers: count, rate, seconds } = attack
  const stamp = Date.now().toString(36)
  const users = [
    await User.connect(server, `atk-${stamp}-a`),
    await User.connect(server, `atk-${stamp}-b`),
  ] as const
  const { channelId = '' } = await users[0].request({
    type: 'create_channel',
    kind: 'public',
    name: `attack ${stamp}`,
  })
  await users[1].request({ type: 'join_channel', channelId })
  const attackers = fork(join(import.meta.dirname, 'attackers.js'))
  const api = [Number(new URL(server).port)]
  const start: Start = { count, api, chat: await chatPortsOf(server, `atk-${stamp}-c`) }
  const calm = new Latencies()
  const under = new Latencies()
  const cost = { calm: { cpu: 0, lagMs: 0 }, under: { cpu: 0, lagMs: 0 } }
  const talkFor = async (part: number, into: Latencies, to?: Cost): Promise<void> => {
    const from = await costOf(metrics)
    await talk(users, channelId, { rate, seconds: part, into })
    if (to === undefined) return
    const { cpu, lagMs } = await costOf(metrics)
    to.cpu += cpu - from.cpu
    to.lagMs = Math.max(to.lagMs, lagMs)
  }
  await talkFor(3, new Latencies())
  const before = await residentBytes(metrics)
  let peak = before
  let cuts = 0
  for (let round = 0; round < rounds; round += 1) {
    await talkFor(seconds / rounds, calm, cost.calm)
    attackers.send(start)
    // The attackers come within a second.
    await talkFor(1.5, new Latencies())
    await talkFor(seconds / rounds, under, cost.under)
    peak = Math.max(peak, await residentBytes(metrics))
    attackers.send('stop')
    const [cut] = (await once(attackers, 'message')) as [number]
    cuts += cut
    // The sockets that were cut are gone when the next calm begins.
    await talkFor(1.5, new Latencies())
  }
  attackers.disconnect()
  for (const user of users) user.close()
  const growth = (under.at(0.99) / calm.at(0.99) - 1) * 100
  const spent = ({ cpu, lagMs }: Cost): string =>
    `CPU ${((cpu / seconds) * 100).toFixed(0)} % of a core, worst p99 of the event loop's delay ${lagMs.toFixed(0)} ms`
  return [
    `${count} slow or silent clients of nine kinds, cut ${cuts} times and back at once; two users, ${rate} messages/s; ${rounds} rounds`,
    `  send → shown, calm:   ${calm.toString()}`,
    `  send → shown, attack: ${under.toString()}`,
    `  p99 ${growth >= 0 ? '+' : ''}${growth.toFixed(0)} %`,
    `  server, calm:   ${spent(cost.calm)}`,
    `  server, attack: ${spent(cost.under)}`,
    `  memory: ${mebibytes(before)} before, at most ${mebibytes(peak)}: ${mebibytes(peak - before)} for the attack`,
  ]
}

async function talk(
  [sender, reader]: readonly [User, User],
  channelId: string,
  { rate, seconds, into }: { rate: number; seconds: number; into: Latencies },
): Promise<void> {
  const sentAt = new Map<string, number>()
  reader.onFrame = ({ type, content = '' }) => {
    const at = sentAt.get(content)
    if (type === 'chat_message' && at !== undefined) into.values.push(performance.now() - at)
  }
  const started = performance.now()
  for (let sent = 0; sent < rate * seconds; sent += 1) {
    const due = started + (sent * 1000) / rate
    while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, 1))
    const content = `${started}-${sent}`
    sentAt.set(content, performance.now())
    sender.send({ type: 'chat_message', channelId, content })
  }
  await new Promise((resolve) => setTimeout(resolve, 500))
}

interface Cost {
  /** CPU seconds. */
  cpu: number
  /** The worst p99 of a process's event-loop delay since the last question. */
  lagMs: number
}

async function costOf(metrics: readonly string[]): Promise<Cost> {
  const pages = await Promise.all(
    metrics.map(async (address) => (await fetch(`${address}/metrics`)).text()),
  )
  const valuesOf = (metric: string): number[] =>
    pages.map((page) => {
      const line = page.split('\n').find((one) => one.startsWith(metric))
      return Number(line?.split(' ').at(-1) ?? 0)
    })
  return {
    cpu: valuesOf('process_cpu_seconds_total').reduce((total, one) => total + one, 0),
    lagMs: Math.max(...valuesOf('nodejs_eventloop_lag_p99_seconds')) * 1000,
  }
}

/** The ports of the chat servers, found by asking for a server a few times. */
async function chatPortsOf(server: string, username: string): Promise<number[]> {
  const response = await fetch(`${server}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: 'benchmark password' }),
  })
  const { sessionToken } = (await response.json()) as { sessionToken: string }
  const ports = new Set<number>()
  for (let n = 0; n < 10; n += 1) {
    const asked = await fetch(`${server}/servers`, {
      headers: { authorization: `Bearer ${sessionToken}` },
    })
    ports.add(((await asked.json()) as { chat: { port: number } }).chat.port)
  }
  return [...ports]
}

/** In milliseconds. */
class Latencies {
  readonly values: number[] = []

  at(share: number): number {
    const sorted = this.values.toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  }

  toString(): string {
    const [p50, p99, max] = [0.5, 0.99, 1].map((share) => `${this.at(share).toFixed(1)} ms`)
    return `p50 ${p50}, p99 ${p99}, max ${max} (n = ${this.values.length})`
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1048576).toFixed(0)} MiB`
}
