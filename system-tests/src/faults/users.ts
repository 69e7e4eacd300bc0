import { RookeryClient } from '@rookery/client'
import type { History } from './history.ts'

const password = 'fault test password'

/** A user on the client library, who talks in its channels and notes what it did and saw. */
export class SimulatedUser {
  readonly name: string
  readonly client: RookeryClient
  readonly #history: History
  #timer: NodeJS.Timeout | null = null
  #count = 0
  #waiting = 0

  private constructor(name: string, url: string, history: History) {
    this.name = name
    this.client = new RookeryClient({ url, deviceId: `device-of-${name}` })
    this.#history = history
    this.client.on('event', (event) => {
      const text =
        event.type === 'chat_message' && 'content' in event ? String(event.content) : null
      history.add({
        kind: 'shown',
        at: performance.now(),
        user: name,
        channelId: event.channelId,
        text,
        seq: event.seq,
      })
    })
  }

  static async register(name: string, url: string, history: History): Promise<SimulatedUser> {
    const user = new SimulatedUser(name, url, history)
    await user.client.register(name, password)
    await user.client.connect()
    return user
  }

  /** Sends without a final answer yet. */
  get waiting(): number {
    return this.#waiting
  }

  /** Says something in one of the channels every `everyMs`. */
  talk(channels: readonly string[], everyMs: number): void {
    this.#timer = setInterval(() => {
      const channelId = channels[this.#count % channels.length]
      if (channelId !== undefined) void this.say(channelId)
    }, everyMs)
  }

  silence(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  /** Resolves when it is acknowledged, or refused for good. */
  async say(channelId: string): Promise<boolean> {
    this.#count += 1
    const text = `${this.name}-${this.#count}`
    const noted = { user: this.name, channelId, text }
    this.#history.add({ kind: 'sent', at: performance.now(), ...noted })
    this.#waiting += 1
    try {
      const { seq } = await this.client.send(channelId, text)
      this.#history.add({ kind: 'acked', at: performance.now(), ...noted, seq })
      return true
    } catch (error) {
      const code = String((error as { code?: unknown }).code)
      this.#history.add({ kind: 'refused', at: performance.now(), ...noted, code })
      return false
    } finally {
      this.#waiting -= 1
    }
  }

  close(): void {
    this.silence()
    this.client.close()
  }
}
