import { once } from 'node:events'
import { connect } from 'node:net'

/** Counters in Redis. Each call opens a connection. */
export class ForeignCounter {
  readonly #url: URL

  constructor(url: string) {
    this.#url = new URL(url)
  }

  /** @returns the new count */
  async add(key: string, more: number): Promise<number> {
    const socket = connect(Number(this.#url.port), this.#url.hostname)
    const words = ['INCRBY', `foreign-counter:${key}`, String(more)]
    const encoded = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
    socket.write(`*${words.length}\r\n${encoded.join('')}`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    const [, count] = /^:(\d+)/.exec(answer.toString()) ?? []
    if (count === undefined) throw new Error(`Redis says ${answer.toString()}`)
    return Number(count)
  }
}
