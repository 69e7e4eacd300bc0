import { connect, type Socket } from 'node:net'
import { residentBytes } from './figures.ts'
import { User } from './user.ts'

export interface Attack {
  server: string
  metrics: readonly string[]
  attackers: number
  /** Messages a second of the two users who chat meanwhile. */
  rate: number
  /** How long they are measured, calm and again under attack. */
  seconds: number
}

/** Not the users’ address: what is limited by address is limited for the attackers alone. */
const attackerAddress = '127.0.0.2'
const handshake = [
  'GET / HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]
const post = [
  'POST /auth HTTP/1.1',
  'Host: 127.0.0.1',
  'Content-Type: application/json',
  'Content-Length: 60000',
]
const lines = (of: readonly string[]): string => of.map((line) => `${line}\r\n`).join('')

const dribbleEveryMs = 500
const dribbleTurns = 50

interface Kind {
  name: string
  at: 'api' | 'chat'
  first: string
  /** Sent again every 500 ms. */
  next: string
}

const kinds: readonly Kind[] = [
  { name: 'silent, api', at: 'api', first: '', next: '' },
  { name: 'silent, chat', at: 'chat', first: '', next: '' },
  { name: 'headers without end, api', at: 'api', first: 'GET / HTTP/1.1\r\n', next: 'X: y\r\n' },
  { name: 'headers without end, chat', at: 'chat', first: 'GET / HTTP/1.1\r\n', next: 'X: y\r\n' },
  { name: 'a body byte by byte', at: 'api', first: `${lines(post)}\r\n`, next: ' ' },
  { name: 'upgraded and silent', at: 'chat', first: `${lines(handshake)}\r\n`, next: '' },
  // A text of 60,000 bytes, masked with zeros, of which a byte comes now and then.
  {
    name: 'a frame byte by byte',
    at: 'chat',
    first: `${lines(handshake)}\r\n\x81\xfe\xea\x60\0\0\0\0`,
    next: 'x',
  },
  {
    name: 'fragments without end',
    at: 'chat',
    first: `${lines(handshake)}\r\n\x01\x80\0\0\0\0`,
    next: '\x00\x80\0\0\0\0',
  },
  {
    name: 'pings, and reads nothing',
    at: 'chat',
    first: `${lines(handshake)}\r\n`,
    next: '\x89\x80\0\0\0\0'.repeat(50),
  },
]

/** One client that never gives up: cut, it comes back at once. */
class Attacker {
  readonly #kind: Kind
  readonly #port: number
  #socket: Socket | null = null
  #stopped = false
  cuts = 0

  constructor(kind: Kind, port: number) {
    this.#kind = kind
    this.#port = port
  }

  start(): void {
    if (this.#stopped) return
    const socket = connect({
      port: this.#port,
      host: '127.0.0.1',
      localAddress: attackerAddress,
      allowHalfOpen: true,
    })
    this.#socket = socket
    socket.write(this.#kind.first, 'latin1')
    if (this.#kind.name.includes('reads nothing')) socket.pause()
    else socket.resume()
    const again = (): void => {
      socket.destroy()
      if (this.#socket !== socket) return
      this.#socket = null
      this.cuts += 1
      setTimeout(() => this.start(), 200)
    }
    socket.on('end', again)
    socket.on('error', again)
    socket.on('close', again)
  }

  dribble(): void {
    if (this.#socket?.writable === true) this.#socket.write(this.#kind.next, 'latin1')
  }

  stop(): void {
    this.#stopped = true
    this.#socket?.destroy()
  }
}

/** Calm and attack take turns so often, so that what else the machine does falls on both. */
const rounds = 5

/** What two users who chat notice of many slow or silent clients, and how much memory and CPU those cost. */
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
  const [api, chat] = [Number(new URL(server).port), await chatPortOf(server, `atk-${stamp}-c`)]
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
    const stop = startAttack(count, { api, chat })
    // They come within a second.
    await talkFor(1.5, new Latencies())
    await talkFor(seconds / rounds, under, cost.under)
    peak = Math.max(peak, await residentBytes(metrics))
    cuts += stop()
    // What was cut is gone when the next calm begins.
    await talkFor(1.5, new Latencies())
  }
  for (const user of users) user.close()
  const growth = (under.at(0.99) / calm.at(0.99) - 1) * 100
  const spent = ({ cpu, lagMs }: Cost): string =>
    `CPU ${((cpu / seconds) * 100).toFixed(0)} % of a core, worst p99 of the event loop's delay ${lagMs.toFixed(0)} ms`
  return [
    `${count} slow or silent clients of ${kinds.length} kinds, cut ${cuts} times and back at once; two users, ${rate} messages/s; ${rounds} rounds`,
    `  send → shown, calm:   ${calm.toString()}`,
    `  send → shown, attack: ${under.toString()}`,
    `  p99 ${growth >= 0 ? '+' : ''}${growth.toFixed(0)} %`,
    `  server, calm:   ${spent(cost.calm)}`,
    `  server, attack: ${spent(cost.under)}`,
    `  memory: ${mebibytes(before)} before, at most ${mebibytes(peak)}: ${mebibytes(peak - before)} for the attack`,
  ]
}

/** Starts them over a second, as an attacker would who wants to stay. Stopping says how often one was cut. */
function startAttack(count: number, ports: Record<'api' | 'chat', number>): () => number {
  const attackers = Array.from({ length: count }, (_, n) => {
    const kind = kinds[n % kinds.length] as Kind
    return new Attacker(kind, ports[kind.at])
  })
  const starts = attackers.map((attacker, n) =>
    setTimeout(() => attacker.start(), (n / count) * 1000),
  )
  // A few at a time, so that this process can go on measuring.
  let turn = 0
  const dribbling = setInterval(() => {
    for (let n = turn % dribbleTurns; n < count; n += dribbleTurns) attackers[n]?.dribble()
    turn += 1
  }, dribbleEveryMs / dribbleTurns)
  return () => {
    for (const start of starts) clearTimeout(start)
    clearInterval(dribbling)
    for (const attacker of attackers) attacker.stop()
    return attackers.reduce((total, attacker) => total + attacker.cuts, 0)
  }
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
  /** Seconds. */
  cpu: number
  /** The worst p99 of a process's event-loop delay since it was last asked. */
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

/** Where sockets are opened, as a user is told. */
async function chatPortOf(server: string, username: string): Promise<number> {
  const response = await fetch(`${server}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: 'benchmark password' }),
  })
  const answer = (await response.json()) as { servers: { chat: { port: number } } }
  return answer.servers.chat.port
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
