import { connect, createServer, type Server, type Socket } from 'node:net'

/** The bytes that are swallowed: those to the engine, those from it, or both. */
export type Direction = 'to' | 'from' | 'both'

/** Sees the bytes of one connection, and decides which of them are passed on. */
export interface Tap {
  to(bytes: Buffer): Buffer
  from(bytes: Buffer): Buffer
}

interface Stretch {
  direction: Exclude<Direction, 'both'>
  stranded: boolean
}

/**
 * A way to an engine that can break as networks do. Tests give it to a client in the engine's
 * place.
 */
export class Link {
  readonly #server: Server
  readonly #sockets = new Map<Socket, Stretch>()
  #silent: Direction | null = null
  #port = 0

  /** `target`: `host:port`. `tap` is called for each connection. */
  constructor(target: string, tap?: (link: Link) => Tap) {
    const [host = '', port] = target.split(':')
    this.#server = createServer((near) => {
      const far = connect(Number(port), host)
      const tapped = tap?.(this)
      this.#join(near, far, 'to', tapped)
      this.#join(far, near, 'from', tapped)
    })
  }

  /** @returns the address to connect to */
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    this.#port = typeof address === 'object' ? (address?.port ?? 0) : 0
    return `127.0.0.1:${this.#port}`
  }

  /** 0 before it is open. */
  get port(): number {
    return this.#port
  }

  /**
   * Existing connections stay open, new ones are accepted, and no bytes pass, in one direction or
   * both: like a dead network.
   */
  silence(direction: Direction = 'both'): void {
    this.#silent = direction
  }

  /** Swallowed bytes are not sent again, so earlier connections are useless. */
  restore(): void {
    this.#silent = null
    this.cut()
  }

  /** Breaks the existing connections at once. New ones work. */
  cut(): void {
    for (const socket of this.#sockets.keys()) socket.destroy()
  }

  /** Leaves the existing connections open and dead. New ones work. */
  strand(): void {
    for (const stretch of this.#sockets.values()) stretch.stranded = true
  }

  close(): void {
    this.restore()
    this.#server.close()
  }

  #join(from: Socket, to: Socket, direction: Exclude<Direction, 'both'>, tap?: Tap): void {
    const stretch: Stretch = { direction, stranded: false }
    this.#sockets.set(from, stretch)
    from.setNoDelay(true)
    from.on('error', () => undefined)
    from.on('data', (bytes: Buffer) => {
      if (stretch.stranded || this.#silent === direction || this.#silent === 'both') return
      const tapped = tap === undefined ? bytes : tap[direction](bytes)
      if (tapped.length === 0 || to.write(tapped)) return
      from.pause()
      to.once('drain', () => from.resume())
    })
    from.on('close', () => {
      this.#sockets.delete(from)
      if (!stretch.stranded) to.destroy()
    })
  }
}
