import { randomUUID } from 'node:crypto'
import { type RedisConnection, script } from './connection.ts'

const checkEveryMs = 1_000

const readMarker = script(`
redis.call('SET', p .. 'marker', ARGV[1], 'NX')
return redis.call('GET', p .. 'marker')
`)

/**
 * Reports when Redis may have lost data: after each gap in the connection, and when the marker that
 * was stored is gone.
 */
export class LossWatch {
  readonly #connection: RedisConnection
  readonly #listeners = new Set<() => void>()
  readonly #timer: NodeJS.Timeout
  #marker: string | null = null
  #gap = false
  #checking = false

  private constructor(connection: RedisConnection) {
    this.#connection = connection
    this.#timer = setInterval(() => void this.#check(), checkEveryMs)
    this.#timer.unref()
    connection.client.on('close', () => (this.#gap = true))
    connection.client.on('ready', () => void this.#check())
  }

  /** Starts on an open `connection`. */
  static async start(connection: RedisConnection): Promise<LossWatch> {
    const watch = new LossWatch(connection)
    await watch.#check()
    return watch
  }

  onLost(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#listeners.clear()
  }

  async #check(): Promise<void> {
    if (this.#checking) return
    this.#checking = true
    try {
      const hadGap = this.#gap
      const marker = String(await this.#connection.run(readMarker, randomUUID()))
      const first = this.#marker === null
      const lost = hadGap || marker !== this.#marker
      this.#marker = marker
      // A gap that began while the marker was read is reported by the next check.
      if (hadGap) this.#gap = false
      if (lost && !first) for (const listener of this.#listeners) listener()
    } catch {
      // Redis is still away. The first check that gets an answer reports the gap.
    } finally {
      this.#checking = false
    }
  }
}
