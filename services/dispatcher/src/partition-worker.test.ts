import { describe, expect, it } from '@jest/globals'
import { encodeRecord, type RecordBody } from '@rookery/domain'
import type { LoggedRecord, Turn } from '@rookery/log'
import type { MessageStore, Progress, ReadMark } from '@rookery/message-store'
import { PartitionWorker } from './partition-worker.ts'

const turn: Turn = {
  keepAlive: async () => undefined,
  signal: new AbortController().signal,
  generation: 1,
}

/** A worker over a store that writes read marks only when the test lets it. */
class Bench {
  /** Written marks, such as `ann 2`, and written progress, in order. */
  readonly written: (string | number)[] = []
  /** Writes of marks that wait for the store's answer. */
  readonly asked: { done: () => void; fail: () => void }[] = []
  readonly worker: PartitionWorker
  #offset = 0

  constructor() {
    const store = {
      channelBase: async () => ({ seq: 1, messageNumber: 0 }),
      sessionBase: async () => 0,
      write: async () => undefined,
      advanceMarks: (marks: readonly ReadMark[]) =>
        new Promise<void>((resolve, reject) => {
          if (marks.length === 0) resolve()
          const done = (): void => {
            for (const { username, seq } of marks) this.written.push(`${username} ${seq}`)
            resolve()
          }
          this.asked.push({ done, fail: () => reject(new Error('away')) })
        }),
      setProgress: async (_partition: number, { next }: Progress) => void this.written.push(next),
    }
    this.worker = new PartitionWorker(0, {
      log: { epoch: { installId: 'i', number: 1 } } as never,
      store: store as unknown as MessageStore,
      sink: {
        begin: () => undefined,
        route: async () => undefined,
        settled: () => true,
        waitForRoom: async () => undefined,
      },
      commit: async () => undefined,
      pause: async () => undefined,
      onDeadLetter: () => undefined,
    })
  }

  /** Runs one turn with one event. */
  async turn(user: string, body: RecordBody): Promise<void> {
    const offset = this.#offset++
    const channelId = 'p-0'
    const more = { user, session: 's', clientSeq: 1, origin: 'o' }
    const value = encodeRecord({ v: 1, channelId, ...more, body })
    const record: LoggedRecord = { partition: 0, offset, timestampMs: 0, key: channelId, value }
    await this.worker.batch([record], turn)
  }
}

const message = { type: 'chat_message', content: 'hello' } as const
const reaction = { type: 'reaction_added', targetSeq: 1, emoji: '+' } as const
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the progress of a partition', () => {
  it('keeps progress below read marks that an earlier flush has not written yet', async () => {
    const bench = new Bench()
    await bench.turn('ann', message)
    const first = bench.worker.flush()
    await settle()
    await bench.turn('bob', reaction)
    const second = bench.worker.flush()
    await settle()
    bench.asked[0]?.done()
    await Promise.all([first, second])
    expect(bench.written).toEqual(['ann 2', 1, 2])
  })

  it('keeps progress below read marks that an earlier flush could not write', async () => {
    const bench = new Bench()
    await bench.turn('ann', message)
    const first = bench.worker.flush()
    await settle()
    await bench.turn('bob', reaction)
    const second = bench.worker.flush()
    bench.asked[0]?.fail()
    await expect(first).rejects.toThrow('away')
    await settle()
    bench.asked[1]?.done()
    await second
    expect(bench.written).toEqual(['ann 2', 2])
  })
})
