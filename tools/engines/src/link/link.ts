import { connect, createServer, type Server, type Socket } from 'node:net'

/** Which bytes are swallowed: those on their way to the engine, those that come from it, or all. */
export type Direction = 'to' | 'from' | 'both'

/** Sees what one connection carries, and says what of it goes on. */
export interface Tap {
  to(bytes: Buffer): Buffer
  from(bytes: Buffer): Buffer
}

interface Stretch {
  direction: Exclude<Direction, 'both'>
  stranded: boolean
}

/**
 * A way to an engine that can be broken as networks break: for tests, which give it to a client in
 * the engine's place.
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

  /** @returns where to connect to */
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
   * Connections stay open, new ones are taken, and nothing arrives: as with a dead network, in one
   * direction or both.
   */
  silence(direction: Direction = 'both'): void {
    this.#silent = direction
  }

  /** What was swallowed is not sent again, so connections of before are of no more use. */
  restore(): void {
    this.#silent = null
    this.cut()
  }

  /** The connections there are break at once; new ones work. */
  cut(): void {
    for (const socket of this.#sockets.keys()) socket.destroy()
  }

  /** The connections there are stay open and dead; new ones work. */
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
