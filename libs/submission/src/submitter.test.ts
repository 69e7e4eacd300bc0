import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { bodyHash, eventPush, type EventRow, type SessionRow } from '@rookery/domain'
import { LogError } from '@rookery/log'
import type { Progress } from '@rookery/message-store'
import type { Outcome, Submission } from './submission.ts'
import { Submitter } from './submitter.ts'

const submission: Submission = {
  channelId: 'p-1',
  user: 'ann',
  session: 's',
  clientSeq: 1,
  body: { type: 'chat_message', content: 'hello' },
}
const position = { epoch: 1, partition: 0, offset: 7 }
const row: EventRow = {
  ...submission,
  seq: 3,
  messageNumber: 2,
  position,
  sentAtMs: 1000,
  body: { type: 'chat_message' },
  text: { content: 'hello' },
}
const hash = bodyHash(submission.body)
const stored: SessionRow = { ...row, bodyHash: hash }

class Bench {
  now = 0
  readonly appends: string[] = []
  writable = true
  failure: unknown = null
  progress: Progress | null = null
  sessionRow: SessionRow | null = null
  channel: unknown = null
  storeAway = false
  storeAnswers: () => Promise<void> = async () => undefined
  asked = 0
  events: EventRow[] = []
  readonly submitter: Submitter<string>

  constructor() {
    const read =
      <T>(value: () => T) =>
      async (): Promise<T> => {
        if (this.storeAway) throw new Error('away')
        return value()
      }
    const isWritable = () => this.writable
    this.submitter = new Submitter<string>({
      origin: 'here',
      now: () => this.now,
      log: {
        epoch: { installId: 'i', number: 1 },
        partitionOf: () => 0,
        get writable() {
          return isWritable()
        },
        append: async (key) => {
          this.appends.push(key)
          if (this.failure !== null) throw this.failure
          return { partition: 0, offset: position.offset }
        },
      },
      store: {
        progress: async () => {
          this.asked += 1
          await this.storeAnswers()
          return read(() => this.progress)()
        },
        sessionRow: read(() => this.sessionRow),
        channel: read(() => this.channel as never),
        events: async (_channelId, { after }) => this.events.filter(({ seq }) => seq > after),
      },
    })
  }

  submit(one: Submission = submission): Outcome[] {
    const outcomes: Outcome[] = []
    this.submitter.submit(one, (outcome) => void outcomes.push(outcome))
    return outcomes
  }

  /** Lets `ms` pass on the submitter's clock, and lets its sweep run. */
  async pass(ms: number): Promise<void> {
    this.now += ms
    await jest.advanceTimersByTimeAsync(300)
  }
}

describe('a submitter', () => {
  jest.useFakeTimers()
  let bench: Bench
  const fresh = (): Bench => (bench = new Bench())
  afterEach(() => bench.submitter.close())

  it('settles a submission by its own event only', () => {
    const outcomes = fresh().submit()
    const event = eventPush(row, hash)
    expect(bench.submitter.settle({ ...event, clientSeq: 2 })).toEqual([])
    expect(outcomes).toEqual([])
    bench.submitter.settle(event)
    expect(outcomes).toEqual([{ kind: 'accepted', seq: 3, sentAtMs: 1000, event }])
    expect(bench.submitter.pending).toBe(0)
  })

  it('returns the place where the event was shown as the answer to a request', () => {
    fresh().submitter.submit(submission, () => 'shown by me')
    expect(bench.submitter.settle(eventPush(row, hash))).toEqual(['shown by me'])
  })

  it('settles a submission by the dispatcher’s answer', () => {
    for (const [outcome, expected] of [
      [
        { kind: 'repeat', seq: 3, sentAtMs: 5 },
        { kind: 'accepted', seq: 3, sentAtMs: 5, event: null },
      ],
      [{ kind: 'superseded' }, { kind: 'superseded' }],
      [{ kind: 'exists' }, { kind: 'exists' }],
      [{ kind: 'missing' }, { kind: 'missing' }],
      [{ kind: 'invalid' }, { kind: 'too_large' }],
    ] as const) {
      const outcomes = fresh().submit()
      bench.submitter.answer({ k: 'answer', ...submission, bodyHash: hash, outcome })
      expect(outcomes).toEqual([expected])
    }
  })

  it('ignores pushes about another body with the same number', async () => {
    const other = { ...submission, body: { type: 'chat_message', content: 'other' } } as const
    fresh().failure = new LogError('unknown', 'no answer')
    bench.submit()
    await bench.pass(0)
    // The first text was stored after all. Its event, and the answer to its repeat, come while the
    // second text waits.
    bench.failure = null
    const outcomes = bench.submit(other)
    expect(bench.submitter.settle(eventPush(row, hash))).toEqual([])
    const outcome = { kind: 'repeat', seq: 3, sentAtMs: 1000 } as const
    bench.submitter.answer({ k: 'answer', ...submission, bodyHash: hash, outcome })
    expect(outcomes).toEqual([])
    bench.sessionRow = stored
    await bench.pass(300)
    expect(outcomes).toEqual([{ kind: 'superseded' }])
  })

  it('reads the store at the next sweep when an event comes without the hash of its body', async () => {
    const outcomes = fresh().submit()
    bench.sessionRow = stored
    bench.events = [row]
    expect(bench.submitter.settle(eventPush(row))).toEqual([])
    await bench.pass(300)
    expect(outcomes).toEqual([{ kind: 'accepted', seq: 3, sentAtMs: 1000, event: null }])
  })

  it('appends one record for equal submissions, and settles all of them', () => {
    const first = fresh().submit()
    const second = bench.submit()
    const altered = bench.submit({ ...submission, body: { type: 'chat_message', content: 'x' } })
    expect(bench.appends).toHaveLength(1)
    expect(altered).toEqual([{ kind: 'superseded' }])
    bench.submitter.settle(eventPush(row, hash))
    expect([first, second]).toMatchObject([[{ seq: 3 }], [{ seq: 3 }]])
  })

  it('refuses a submission at once while the log takes no records', () => {
    fresh().writable = false
    expect(bench.submit()).toEqual([{ kind: 'unavailable' }])
    expect(bench.appends).toEqual([])
  })

  it('settles a numbered request as unavailable if its append may have failed', async () => {
    for (const code of ['unavailable', 'unknown'] as const) {
      fresh().failure = new LogError(code, 'away')
      const refused = bench.submit()
      await bench.pass(0)
      expect(refused).toEqual([{ kind: 'unavailable' }])
    }
  })

  it('waits for an append that may have failed if the request had no number', async () => {
    fresh().failure = new LogError('unknown', 'no answer')
    const unknown = bench.submit({ ...submission, session: '_c' })
    await bench.pass(0)
    expect(unknown).toEqual([])
    bench.submitter.settle(eventPush({ ...row, session: '_c' }, hash))
    expect(unknown).toMatchObject([{ kind: 'accepted' }])
  })

  it('accepts by a session row above progress when every event up to it can be read', async () => {
    const outcomes = fresh().submit()
    bench.sessionRow = stored
    await bench.pass(1_000)
    expect(outcomes).toEqual([])
    bench.events = [row]
    await bench.pass(1_000)
    expect(outcomes).toEqual([{ kind: 'accepted', seq: 3, sentAtMs: 1000, event: null }])
  })

  it('reads the store after 1 s, and accepts by a session row when progress has passed its record', async () => {
    const outcomes = fresh().submit()
    bench.sessionRow = stored
    bench.progress = { epoch: 1, next: 7, lastTimestampMs: 1 }
    await bench.pass(1_000)
    expect(outcomes).toEqual([])
    bench.progress = { epoch: 1, next: 8, lastTimestampMs: 1 }
    await bench.pass(1_000)
    expect(outcomes).toEqual([{ kind: 'accepted', seq: 3, sentAtMs: 1000, event: null }])
  })

  it('settles a submission whose record was refused, when the store shows it', async () => {
    const progress = { epoch: 1, next: 8, lastTimestampMs: 1 }
    const outcomes = fresh().submit()
    bench.progress = progress
    await bench.pass(1_000)
    expect(outcomes).toEqual([{ kind: 'superseded' }])
    const altered = fresh().submit()
    Object.assign(bench, { progress, sessionRow: { ...stored, bodyHash: 'another' } })
    await bench.pass(1_000)
    expect(altered).toEqual([{ kind: 'superseded' }])
    const created = fresh().submit({
      ...submission,
      body: { type: 'channel_created', kind: 'group', name: null, members: [] },
    })
    Object.assign(bench, { progress, channel: {} })
    await bench.pass(1_000)
    expect(created).toEqual([{ kind: 'exists' }])
  })

  it('settles as unavailable after 5 s, even if the clock is set back meanwhile', async () => {
    const submitter = new Submitter({
      origin: 'here',
      log: {
        epoch: { installId: 'i', number: 1 },
        partitionOf: () => 0,
        writable: true,
        append: () => new Promise(() => undefined),
      },
      store: {
        progress: async () => null,
        sessionRow: async () => null,
        channel: async () => null,
        events: async () => [],
      },
    })
    const outcomes: Outcome[] = []
    submitter.submit(submission, (outcome) => void outcomes.push(outcome))
    jest.setSystemTime(Date.now() - 7_200_000)
    await jest.advanceTimersByTimeAsync(5_500)
    expect(outcomes).toEqual([{ kind: 'unavailable' }])
    submitter.close()
  })

  it('looks up 64 submissions at a time in the store, and all of them in the end', async () => {
    fresh()
    let asking = 0
    let most = 0
    const away = async (): Promise<never> => {
      asking += 1
      most = Math.max(most, asking)
      await new Promise((resolve) => setTimeout(resolve, 10))
      asking -= 1
      throw new Error('away')
    }
    bench.storeAnswers = away
    for (let clientSeq = 1; clientSeq <= 200; clientSeq += 1)
      bench.submit({ ...submission, clientSeq })
    await bench.pass(1_000)
    await jest.advanceTimersByTimeAsync(100)
    expect(most).toBe(64)
    expect(bench.asked).toBe(200)
  })

  it('settles as unavailable after 5 s in which the store did not answer', async () => {
    const outcomes = fresh().submit()
    bench.storeAway = true
    for (let second = 0; second < 4; second += 1) await bench.pass(1_000)
    expect(outcomes).toEqual([])
    await bench.pass(1_000)
    expect(outcomes).toEqual([{ kind: 'unavailable' }])
    expect(bench.submitter.pending).toBe(0)
  })
})
