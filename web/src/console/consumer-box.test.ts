import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Message } from '@rookery/protocol'
import { ConsumerBox } from './consumer-box.ts'

/** A channel with one consumer, as the server keeps it. */
class Channel {
  head = 0
  cursor = 0
  commitsFail = false

  after = (seq: number, limit: number) => Promise.resolve(this.#page(seq, limit))
  consume = (limit: number) =>
    Promise.resolve({ ...this.#page(this.cursor, limit), cursor: this.cursor })
  commit = (seq: number): Promise<void> => {
    if (this.commitsFail) return Promise.reject(new Error('unavailable'))
    this.cursor = Math.max(this.cursor, seq)
    return Promise.resolve()
  }

  #page(after: number, limit: number) {
    const length = Math.max(0, Math.min(limit, this.head - after))
    const messages = Array.from({ length }, (_, n) => ({ seq: after + n + 1 }) as Message)
    return { messages, head: this.head }
  }
}

let channel: Channel
let box: ConsumerBox
beforeEach(() => {
  channel = new Channel()
  box = new ConsumerBox(channel)
})
const upTo = (last: number): number[] => Array.from({ length: last }, (_, n) => n + 1)
const shown = (): number[] => box.messages.map(({ seq }) => seq)

describe('a consumer of the console', () => {
  it('fetches all pages and commits them', async () => {
    channel.head = 250
    await box.fetch(true)
    expect(shown()).toEqual(upTo(250))
    expect([box.cursor, channel.cursor]).toEqual([250, 250])
  })

  it('fetches only what is new while nothing is committed', async () => {
    channel.head = 150
    await box.fetch(false)
    channel.head = 320
    await box.fetch(false)
    expect(shown()).toEqual(upTo(320))
    expect(channel.cursor).toBe(0)
  })

  it('goes on after more than a page that was fetched without commits', async () => {
    channel.head = 250
    await box.fetch(false)
    channel.head = 260
    await box.fetch(true)
    expect(shown()).toEqual(upTo(260))
    expect(channel.cursor).toBe(260)
  })

  it('commits what a failed commit has left, and shows each message once', async () => {
    channel.head = 100
    channel.commitsFail = true
    await expect(box.fetch(true)).rejects.toThrow('unavailable')
    channel.commitsFail = false
    channel.head = 101
    await box.fetch(true)
    expect(shown()).toEqual(upTo(101))
    expect(channel.cursor).toBe(101)
  })

  it('begins after what an earlier page has committed', async () => {
    channel.head = 8
    channel.cursor = 5
    await box.fetch(true)
    expect(shown()).toEqual([6, 7, 8])
  })

  it('keeps the newest 1,000 messages', async () => {
    channel.head = 1_234
    await box.fetch(true)
    expect(box.messages).toHaveLength(1_000)
    expect(box.messages.at(-1)?.seq).toBe(1_234)
  })
})
