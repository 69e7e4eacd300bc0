import { connect, type Socket } from 'node:net'

/** Another address than the users', so that limits by address apply only to the attackers. */
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
  // A text of 60,000 bytes, masked with zeros. One byte of it comes now and then.
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

/** A client that reconnects at once whenever it is cut. */
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

/**
 * Starts the attackers over a second. @returns a function that stops them and gives the number of
 * cuts
 */
function startAttackers({ count, api, chat }: Start): () => number {
  const attackers = Array.from({ length: count }, (_, n) => {
    const kind = kinds[n % kinds.length] as Kind
    const ports = kind.at === 'api' ? api : chat
    return new Attacker(kind, ports[Math.floor(n / kinds.length) % ports.length] ?? 0)
  })
  const starts = attackers.map((attacker, n) =>
    setTimeout(() => attacker.start(), (n / count) * 1000),
  )
  // A few at a time, so that this process can continue to measure.
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

/** The one message of the parent. */
export interface Start {
  count: number
  api: number[]
  chat: number[]
}

// A process of its own, because the measuring one must not wait for a thousand sockets.
let stop: (() => number) | null = null
process.on('message', (message: Start | 'stop') => {
  if (message !== 'stop') stop = startAttackers(message)
  else if (stop !== null) process.send?.(stop())
})
process.on('disconnect', () => process.exit(0))
