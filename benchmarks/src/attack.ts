import { connect, type Socket } from 'node:net'
import { residentBytes } from './figures.ts'
import { User } from './user.ts'

export interface Attack {
  server: string
  metrics: readonly string[]
  attackers: number
  /** Messages a second of the two users who chat meanwhile. */
  rate: number
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

/** What two users who chat notice of many slow or silent clients, and how much memory those hold. */
export async function runAttack(attack: Attack): Promise<string[]> {
  const { server, metrics, attackers: count, seconds } = attack
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
  await talk(users, channelId, attack, 3)
  const calm = await talk(users, channelId, attack, seconds)
  const before = await residentBytes(metrics)
  const [api, chat] = [Number(new URL(server).port), await chatPortOf(server, `atk-${stamp}-c`)]
  const attackers = Array.from({ length: count }, (_, n) => {
    const kind = kinds[n % kinds.length] as Kind
    return new Attacker(kind, kind.at === 'api' ? api : chat)
  })
  // Over a second, as an attacker would who wants to stay.
  attackers.forEach((attacker, n) => setTimeout(() => attacker.start(), (n / count) * 1000))
  const dribbling = setInterval(() => attackers.forEach((attacker) => attacker.dribble()), 500)
  let peak = 0
  const watching = setInterval(() => {
    void residentBytes(metrics).then((bytes) => (peak = Math.max(peak, bytes)))
  }, 1_000)
  await talk(users, channelId, attack, 2)
  const under = await talk(users, channelId, attack, seconds)
  clearInterval(watching)
  clearInterval(dribbling)
  const cuts = attackers.reduce((total, attacker) => total + attacker.cuts, 0)
  for (const attacker of attackers) attacker.stop()
  const after = await talk(users, channelId, attack, seconds)
  for (const user of users) user.close()
  const growth = (under.at(0.99) / ((calm.at(0.99) + after.at(0.99)) / 2) - 1) * 100
  return [
    `${count} slow or silent clients of ${kinds.length} kinds, cut ${cuts} times and back at once; two users, ${attack.rate} messages/s`,
    `  send → shown before:  ${calm.toString()}`,
    `  send → shown during:  ${under.toString()}`,
    `  send → shown after:   ${after.toString()}`,
    `  p99 against before and after: ${growth >= 0 ? '+' : ''}${growth.toFixed(0)} %`,
    `  memory: ${mebibytes(before)} before, at most ${mebibytes(peak)} during: ${mebibytes(peak - before)} for the attack`,
  ]
}

async function talk(
  [sender, reader]: readonly [User, User],
  channelId: string,
  { rate }: Attack,
  seconds: number,
): Promise<Latencies> {
  const latencies = new Latencies()
  const sentAt = new Map<string, number>()
  reader.onFrame = ({ type, content = '' }) => {
    const at = sentAt.get(content)
    if (type === 'chat_message' && at !== undefined) latencies.values.push(performance.now() - at)
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
  return latencies
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
