import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { ProducerBatch, RecordMetadata } from 'kafkajs'
import { AppendCollector } from './append-collector.ts'

interface Sent {
  values: string[]
  answer: (baseOffset: number) => void
  fail: (error: Error) => void
}

describe('the append collector', () => {
  let sent: Sent[]
  let collector: AppendCollector
  const sendBatch = (batch: ProducerBatch): Promise<RecordMetadata[]> =>
    new Promise((resolve, reject) => {
      const messages = (batch.topicMessages ?? []).flatMap((topic) => topic.messages)
      const places = new Set(messages.map((message) => message.partition ?? 0))
      sent.push({
        values: messages.map((message) => String(message.value)),
        answer: (baseOffset) =>
          resolve(
            [...places].map((partition) => ({
              topicName: 'log',
              partition,
              errorCode: 0,
              baseOffset: String(baseOffset),
            })),
          ),
        fail: reject,
      })
    })
  const append = (value: string | Uint8Array, partition = 0, key = 'k'): Promise<unknown> => {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
    return collector.append({ topic: 'log', partition, key, value: bytes })
  }
  const turn = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms)

  beforeEach(() => {
    jest.useFakeTimers()
    sent = []
    collector = new AppendCollector({ producer: { sendBatch }, collectMs: 2, timeoutMs: 5_000 })
  })
  afterEach(() => void jest.useRealTimers())

  it('sends records that are appended within 2 ms in one batch, and gives each its offset', async () => {
    const appends = [append('a', 0), append('b', 1), append('c', 0)]
    await turn(2)
    expect(sent.map((batch) => batch.values)).toEqual([['a', 'b', 'c']])
    sent[0]?.answer(70)
    expect(await Promise.all(appends)).toEqual([
      { partition: 0, offset: 70 },
      { partition: 1, offset: 70 },
      { partition: 0, offset: 71 },
    ])
  })

  it('sends the next batch when the one in flight is answered', async () => {
    const first = append('a')
    await turn(2)
    const second = append('b')
    await turn(100)
    expect(sent).toHaveLength(1)
    sent[0]?.answer(0)
    await first
    await turn(0)
    expect(sent.map((batch) => batch.values)).toEqual([['a'], ['b']])
    sent[1]?.answer(1)
    await second
  })

  it('refuses the records that wait behind a failed or timed-out record of the same key', async () => {
    const inFlight = errorOf(append('0', 0, 'other'))
    await turn(2)
    const timedOut = errorOf(append('1'))
    await turn(4_000)
    const followers = [errorOf(append('2')), errorOf(append('3'))]
    const kept = append('4', 0, 'another')
    await turn(1_000)
    expect(await timedOut).toMatchObject({ code: 'unavailable' })
    for (const follower of followers)
      expect(await follower).toMatchObject({ code: 'unavailable', retryable: true })
    expect(await inFlight).toMatchObject({ code: 'unknown' })
    const again = errorOf(append('1'))
    sent[0]?.answer(0)
    await turn(0)
    expect(sent[1]?.values).toEqual(['4', '1'])
    const behind = errorOf(append('2'))
    sent[1]?.fail(new Error('no'))
    expect(await again).toMatchObject({ code: 'unknown' })
    expect(await behind).toMatchObject({ code: 'unavailable' })
    await expect(kept).rejects.toMatchObject({ code: 'unknown' })
    expect(sent).toHaveLength(2)
  })

  it('sends no other batch while a timed-out one may still be retried', async () => {
    const first = append('a')
    const failed = errorOf(first)
    await turn(2)
    const second = append('b')
    const refused = errorOf(second)
    await turn(5_001)
    expect(await failed).toMatchObject({ code: 'unknown', retryable: true })
    expect(await refused).toMatchObject({ code: 'unavailable' })
    expect(sent).toHaveLength(1)
    const third = append('c')
    sent[0]?.answer(0)
    await turn(0)
    expect(sent.map((batch) => batch.values)).toEqual([['a'], ['c']])
    sent[1]?.answer(1)
    expect(await third).toEqual({ partition: 0, offset: 1 })
  })

  it('reports the outcome as unknown when the producer fails, and sends later records', async () => {
    const first = append('a')
    const failed = errorOf(first)
    await turn(2)
    sent[0]?.fail(new Error('away'))
    expect(await failed).toMatchObject({ code: 'unknown' })
    const second = append('b')
    await turn(2)
    sent[1]?.answer(4)
    expect(await second).toEqual({ partition: 0, offset: 4 })
  })

  it('reports a record that the broker finds too large', async () => {
    const first = append('a')
    const failed = errorOf(first)
    await turn(2)
    const type = Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' })
    sent[0]?.fail(new Error('wrapped', { cause: type }))
    expect(await failed).toMatchObject({ code: 'too_large', retryable: false })
  })

  it('keeps a batch within 1 MiB', async () => {
    const half = new Uint8Array(700 * 1024)
    void append(half)
    void append(half)
    await turn(2)
    expect(sent.map((batch) => batch.values.length)).toEqual([1])
    sent[0]?.answer(0)
    await turn(0)
    expect(sent.map((batch) => batch.values.length)).toEqual([1, 1])
    sent[1]?.answer(1)
    await turn(0)
  })

  it('refuses records while 5,000 wait, and accepts them again afterwards', async () => {
    const appends = Array.from({ length: 5_000 }, () => append('x'))
    expect(collector.writable).toBe(false)
    await expect(append('late')).rejects.toMatchObject({ code: 'unavailable' })
    await turn(2)
    for (let next = 0; next < sent.length; next += 1) {
      sent[next]?.answer(0)
      await turn(0)
    }
    await Promise.all(appends)
    expect(collector.writable).toBe(true)
  })

  it('sends the waiting records when the collector is closed, and refuses later ones', async () => {
    const first = append('a')
    const closed = collector.close()
    await turn(0)
    expect(sent).toHaveLength(1)
    await expect(append('b')).rejects.toMatchObject({ code: 'unavailable' })
    sent[0]?.answer(0)
    await first
    await closed
  })
})

const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  )
