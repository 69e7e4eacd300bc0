import { connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a server that can be made to swallow everything, as a dead network does. */
export class Link {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #silent = false

  /** `target`: `host:port`. */
  constructor(target: string) {
    const [host = '', port] = target.split(':')
    this.#server = createServer((near) => {
      const far = connect(Number(port), host)
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from)
        from.on('error', () => undefined)
        from.on('data', (bytes) => void (this.#silent || to.write(bytes)))
        from.on('close', () => {
          this.#sockets.delete(from)
          to.destroy()
        })
      }
    })
  }

  /** @returns where to connect to */
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  silence(): void {
    this.#silent = true
  }

  /** What was swallowed is not sent again, so connections of before are of no more use. */
  restore(): void {
    this.#silent = false
    for (const socket of this.#sockets) socket.destroy()
  }

  close(): void {
    this.restore()
    this.#server.close()
  }
}
