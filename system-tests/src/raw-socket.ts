import { connect, type Socket } from 'node:net'

/** A TCP connection that sends and keeps bytes, for clients that break the protocol. */
export class RawSocket {
  received: Buffer = Buffer.alloc(0)
  /** The server has closed its side. */
  ended = false
  readonly #socket: Socket
  readonly #waiting = new Set<() => void>()

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes])
      this.#wake()
    })
    socket.on('error', () => undefined)
    const ended = (): void => {
      this.ended = true
      this.#wake()
    }
    socket.on('end', ended)
    socket.on('close', ended)
  }

  /** Opens a connection whose own side stays open when the server closes (`allowHalfOpen`). */
  static async open(port: number, localAddress?: string): Promise<RawSocket> {
    const socket = connect({
      port,
      host: '127.0.0.1',
      allowHalfOpen: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new RawSocket(socket)
  }

  get text(): string {
    return this.received.toString('latin1')
  }

  write(bytes: Buffer | string): void {
    if (this.#socket.writable) this.#socket.write(bytes as string, 'latin1')
  }

  /**
   * Writes for `ms`, as fast as the peer reads. Resolves with the number of bytes written.
   */
  async flood(bytes: Buffer, ms: number): Promise<number> {
    const until = Date.now() + ms
    let written = 0
    while (!this.ended && this.#socket.writable && Date.now() < until) {
      written += bytes.length
      if (this.#socket.write(bytes)) await new Promise(setImmediate)
      else await new Promise<void>((resolve) => this.#drained(resolve))
    }
    return written
  }

  /** Resolves with the time until the server closed its side; at most `ms`. */
  async untilEnded(ms: number): Promise<number> {
    const from = Date.now()
    await this.until(() => this.ended, ms)
    return Date.now() - from
  }

  /** @returns false if the test was not true within `ms` */
  async until(test: () => boolean, ms: number): Promise<boolean> {
    const deadline = Date.now() + ms
    while (!test()) {
      const left = deadline - Date.now()
      if (left <= 0) return false
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer)
          this.#waiting.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, left)
        this.#waiting.add(wake)
      })
    }
    return true
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Closes this side of the connection. */
  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #drained(resolve: () => void): void {
    const done = (): void => {
      clearTimeout(timer)
      this.#socket.off('drain', done)
      this.#waiting.delete(done)
      resolve()
    }
    const timer = setTimeout(done, 50)
    this.#socket.once('drain', done)
    this.#waiting.add(done)
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
  }
}
