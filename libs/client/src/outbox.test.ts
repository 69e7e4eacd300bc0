import type { ClientFrame, ServerFrame } from '@rookery/protocol'
import { defaultLimits } from '@rookery/protocol'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { IncomingFrame } from './incoming.ts'
import { Outbox } from './outbox.ts'
import type { OutboxJournal } from './outbox-entry.ts'

const limits = { ...defaultLimits, messagesPerSecond: 1000 }
const at = '2026-11-20T12:00:00.000Z'

/** An outbox on a wire that only records. */
function setUp(more: { maxEntries?: number; journal?: OutboxJournal } = {}) {
  const sent: ClientFrame[] = []
  const outbox = new Outbox({
    session: 'mine',
    nextClientSeq: 1,
    maxEntries: more.maxEntries ?? 100,
    journal: more.journal,
    answerTimeoutMs: 10_000,
    backoff: { minMs: 1000, maxMs: 8000, random: () => 1 },
    send: (frame) => sent.push(frame),
  })
  const say = (content: string, channelId = 'c') => {
    const outcome = outbox
      .submit({ type: 'chat_message', channelId, content })
      .then((frame) => `stored ${(frame as { seq?: number }).seq}`)
      .catch((error: { code: string }) => error.code)
    return outcome
  }
  const frameOf = (content: string, nth = -1) => {
    const frame = sent.filter((one) => 'content' in one && one.content === content).at(nth)
    if (frame?.type !== 'chat_message') throw new Error(`${content} was not sent`)
    return frame
  }
  const answer = (frame: ServerFrame) => outbox.answered(frame as IncomingFrame)
  const ack = (content: string, seq: number) => {
    const { requestId = '', channelId } = frameOf(content)
    answer({ type: 'message_ack', requestId, channelId, seq, messageId: `m${seq}`, sentAt: at })
  }
  const refuse = (
    content: string,
    code: 'unavailable' | 'rate_limited' | 'superseded' | 'forbidden',
    retryAfterMs?: number,
  ) => {
    const { requestId = '' } = frameOf(content)
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs }
    answer({ type: 'error', code, message: code, requestId, ...retry })
  }
  const contents = () => sent.map((frame) => ('content' in frame ? frame.content : frame.type))
  const numbers = () => sent.map((frame) => ('clientSeq' in frame ? frame.clientSeq : null))
  return { outbox, sent, say, ack, refuse, answer, contents, numbers, frameOf }
}

describe('Outbox', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  it('waits for a connection and then sends in the order of the calls', async () => {
    const { outbox, say, ack, contents, numbers } = setUp()
    const outcomes = [say('a'), say('b'), say('c')]
    expect(contents()).toEqual([])
    outbox.connected(limits)
    expect(contents()).toEqual(['a', 'b', 'c'])
    expect(numbers()).toEqual([1, 2, 3])
    for (const [index, content] of ['c', 'a', 'b'].entries()) ack(content, index + 1)
    expect(await Promise.all(outcomes)).toEqual(['stored 2', 'stored 3', 'stored 1'])
    expect(outbox.size).toBe(0)
  })

  it('rejects a request beyond the bound of the outbox', async () => {
    const { say } = setUp({ maxEntries: 1 })
    void say('a')
    expect(await say('b')).toBe('outbox_full')
  })

  it('keeps at most messageBurst requests unanswered', () => {
    const { outbox, say, ack, contents } = setUp()
    outbox.connected({ ...limits, messageBurst: 2 })
    for (const content of ['a', 'b', 'c', 'd']) void say(content, content)
    expect(contents()).toEqual(['a', 'b'])
    ack('b', 1)
    jest.advanceTimersByTime(5)
    expect(contents()).toEqual(['a', 'b', 'c'])
  })

  it('paces messages at the announced rate', () => {
    const { outbox, say, ack, contents } = setUp()
    outbox.connected({ ...limits, messagesPerSecond: 5, messageBurst: 2 })
    for (const content of ['a', 'b', 'c']) void say(content)
    ack('a', 1)
    ack('b', 2)
    expect(contents()).toEqual(['a', 'b'])
    jest.advanceTimersByTime(199)
    expect(contents()).toEqual(['a', 'b'])
    jest.advanceTimersByTime(2)
    expect(contents()).toEqual(['a', 'b', 'c'])
  })

  it('sends unanswered requests again after a reconnect, lowest first, before new ones', () => {
    const { outbox, say, ack, contents, numbers } = setUp()
    outbox.connected({ ...limits, messageBurst: 2 })
    for (const content of ['a', 'b', 'new']) void say(content)
    void say('other', 'd')
    outbox.disconnected({ code: 1006 })
    void say('newer')
    expect(outbox.connected({ ...limits, messageBurst: 3 })).toBe(2)
    expect(contents()).toEqual(['a', 'b', 'a', 'b', 'new'])
    expect(numbers()).toEqual([1, 2, 1, 2, 3])
    ack('a', 1)
    jest.advanceTimersByTime(5)
    expect(contents().at(-1)).toBe('other')
  })

  it('sends a request again with the same number if it was not answered in time', async () => {
    const { outbox, say, ack, contents, numbers } = setUp()
    outbox.connected(limits)
    const outcome = say('a')
    jest.advanceTimersByTime(9999)
    expect(contents()).toEqual(['a'])
    jest.advanceTimersByTime(2)
    expect(contents()).toEqual(['a', 'a'])
    expect(numbers()).toEqual([1, 1])
    ack('a', 7)
    expect(await outcome).toBe('stored 7')
  })

  it('accepts the event of a request instead of its lost answer', async () => {
    const { outbox, say, answer } = setUp()
    outbox.connected(limits)
    const outcome = say('a')
    const event = { type: 'chat_message', channelId: 'c', messageId: 'm', content: 'a' } as const
    const own = { senderId: 'me', sentAt: at, clientSeq: 1 }
    answer({ ...event, ...own, seq: 4, session: 'another' })
    answer({ ...event, ...own, seq: 5, session: 'mine', channelId: 'd' })
    expect(outbox.size).toBe(1)
    answer({ ...event, ...own, seq: 6, session: 'mine' })
    expect(await outcome).toBe('stored 6')
  })

  it('does not take an event that is only part of the request as the answer', async () => {
    const { outbox, sent, answer } = setUp()
    outbox.connected(limits)
    const outcome = outbox.submit({ type: 'leave_channel', channelId: 'c' })
    const event = { type: 'participant_left', channelId: 'c', seq: 9, username: 'me' } as const
    answer({ ...event, by: 'me', at, session: 'mine', clientSeq: 1 })
    expect(outbox.size).toBe(1)
    answer({ type: 'channel_left', channelId: 'c', by: 'me', requestId: sent[0]?.requestId ?? '' })
    expect(await outcome).toMatchObject({ type: 'channel_left' })
  })

  it('returns to the lowest number after a retryable error and keeps the order', () => {
    const { outbox, say, refuse, ack, contents, numbers } = setUp()
    outbox.connected(limits)
    for (const content of ['a', 'b', 'c']) void say(content)
    refuse('a', 'unavailable', 500)
    jest.advanceTimersByTime(600)
    // b and c are still unanswered: nothing overtakes them.
    expect(contents()).toEqual(['a', 'b', 'c'])
    refuse('c', 'unavailable', 500)
    refuse('b', 'unavailable', 500)
    void say('d')
    jest.advanceTimersByTime(499)
    expect(contents()).toEqual(['a', 'b', 'c'])
    jest.advanceTimersByTime(2)
    // One request finds out for the lane whether the server accepts requests again.
    expect(contents()).toEqual(['a', 'b', 'c', 'a'])
    ack('a', 1)
    expect(contents()).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'd'])
    expect(numbers()).toEqual([1, 2, 3, 1, 2, 3, 4])
    expect(outbox.size).toBe(3)
  })

  it('stops waiting when a refused request turns out to be stored', () => {
    const { outbox, say, answer, refuse, contents } = setUp()
    outbox.connected(limits)
    void say('a')
    void say('b')
    refuse('a', 'unavailable', 5_000)
    refuse('b', 'unavailable', 5_000)
    const event = { type: 'chat_message', channelId: 'c', messageId: 'm', content: 'a' } as const
    answer({ ...event, senderId: 'me', sentAt: at, clientSeq: 1, seq: 4, session: 'mine' })
    jest.advanceTimersByTime(1)
    expect(contents()).toEqual(['a', 'b', 'b'])
  })

  it('sends requests of other channels while one channel waits', () => {
    const { outbox, say, refuse, contents } = setUp()
    outbox.connected(limits)
    void say('a')
    refuse('a', 'unavailable', 500)
    void say('b', 'd')
    expect(contents()).toEqual(['a', 'b'])
  })

  it('waits longer with each refusal in a row', () => {
    const { outbox, say, refuse, contents } = setUp()
    outbox.connected(limits)
    void say('a')
    const waits: number[] = []
    for (let refusal = 0; refusal < 5; refusal++) {
      refuse('a', 'rate_limited', 100)
      const before = contents().length
      let waited = 0
      while (contents().length === before) {
        jest.advanceTimersByTime(50)
        waited += 50
      }
      waits.push(waited)
    }
    expect(waits).toEqual([100, 1000, 2000, 4000, 8000])
  })

  it('rejects a request on a final error and continues with the next one', async () => {
    const { outbox, say, refuse, ack } = setUp()
    outbox.connected(limits)
    const outcomes = [say('a'), say('b')]
    refuse('a', 'forbidden')
    ack('b', 1)
    expect(await Promise.all(outcomes)).toEqual(['forbidden', 'stored 1'])
  })

  it('sends a superseded message under a new number, before messages that were never sent', () => {
    const { outbox, say, refuse, ack, contents, numbers } = setUp()
    outbox.connected({ ...limits, messageBurst: 2 })
    for (const content of ['a', 'b', 'c']) void say(content)
    ack('b', 1)
    jest.advanceTimersByTime(5)
    expect(contents()).toEqual(['a', 'b', 'c'])
    void say('d')
    refuse('a', 'superseded')
    jest.advanceTimersByTime(5)
    expect(contents()).toEqual(['a', 'b', 'c', 'a'])
    expect(numbers()).toEqual([1, 2, 3, 4])
  })

  it('sends a superseded message behind those that keep their numbers after a reconnect', () => {
    const { outbox, say, refuse, contents, numbers } = setUp()
    outbox.connected({ ...limits, messagesPerSecond: 1, messageBurst: 2 })
    for (const content of ['a', 'b']) void say(content)
    refuse('a', 'superseded')
    outbox.disconnected({ code: 1006 })
    outbox.connected(limits)
    expect(contents()).toEqual(['a', 'b', 'b', 'a'])
    expect(numbers()).toEqual([1, 2, 2, 3])
  })

  it('rejects a message that is superseded again and again', async () => {
    const { outbox, say, refuse } = setUp()
    outbox.connected(limits)
    const outcome = say('a')
    for (let refusal = 0; refusal < 6; refusal++) refuse('a', 'superseded')
    expect(await outcome).toBe('superseded')
  })

  it('never resends a frame for which the socket was cut', async () => {
    const { outbox, say, contents } = setUp()
    outbox.connected(limits)
    const outcome = say('a')
    outbox.disconnected({ code: 4000 })
    expect(await outcome).toBe('frame_refused')
    outbox.connected(limits)
    expect(contents()).toEqual(['a'])
  })

  it('rejects the biggest frame after a close with 1009, and sends the others again', async () => {
    const { outbox, say, contents } = setUp()
    outbox.connected(limits)
    const outcomes = [say('a'), say('bigger'), say('c')]
    outbox.disconnected({ code: 1009 })
    outbox.connected(limits)
    expect(await outcomes[1]).toBe('frame_refused')
    expect(contents()).toEqual(['a', 'bigger', 'c', 'a', 'c'])
  })

  it('rejects only the frame that the fatal error names', async () => {
    const { outbox, say, frameOf, answer, contents } = setUp()
    outbox.connected(limits)
    const outcomes = [say('a'), say('b')]
    const { requestId = '' } = frameOf('b')
    const fatal = {
      type: 'error',
      code: 'invalid_input',
      message: '',
      requestId,
      fatal: true,
    } as const
    answer(fatal)
    outbox.disconnected({ code: 4000, fatal })
    outbox.connected(limits)
    expect(await outcomes[1]).toBe('invalid_input')
    expect(contents()).toEqual(['a', 'b', 'a'])
  })

  it('rejects no frame when the connection is lost', () => {
    const { outbox, say, contents } = setUp()
    outbox.connected(limits)
    void say('a')
    for (const code of [1000, 1001, 1006, 1012, 4108, 4129]) {
      outbox.disconnected({ code })
      outbox.connected(limits)
    }
    expect(contents()).toEqual(Array(7).fill('a'))
  })

  it('does not send a frame above the server’s limit', async () => {
    const { outbox, say, contents } = setUp()
    outbox.connected({ ...limits, maxFrameBytes: 200 })
    expect(await say('x'.repeat(200))).toBe('too_large')
    expect(contents()).toEqual([])
  })

  it('sends a request alone if it changes the rights of the next one', () => {
    const { outbox, sent, say, answer } = setUp()
    outbox.connected(limits)
    void outbox.submit({ type: 'join_channel', channelId: 'c' })
    void say('a')
    void outbox.submit({ type: 'mark_channel_read', channelId: 'c' })
    expect(sent.map(({ type }) => type)).toEqual(['join_channel', 'mark_channel_read'])
    const { requestId = '' } = sent[0] ?? {}
    answer({ type: 'channel_joined', requestId } as ServerFrame)
    expect(sent.map(({ type }) => type).at(-1)).toBe('chat_message')
  })

  it('lets no message overtake a request that waits for earlier ones', () => {
    const { outbox, sent, say, ack } = setUp()
    outbox.connected(limits)
    void say('a')
    void outbox.submit({ type: 'leave_channel', channelId: 'c' })
    void say('b')
    expect(sent.map(({ type }) => type)).toEqual(['chat_message'])
    ack('a', 1)
    expect(sent.map(({ type }) => type)).toEqual(['chat_message', 'leave_channel'])
  })

  it('gives no number to a request that may not carry one', () => {
    const { outbox, sent } = setUp()
    outbox.connected(limits)
    void outbox.submit({ type: 'create_channel', name: 'n' })
    void outbox.submit({ type: 'join_channel', name: 'n' })
    void outbox.submit({ type: 'add_participants', channelId: 'c', participants: ['bob'] })
    expect(sent.some((frame) => 'clientSeq' in frame)).toBe(false)
  })

  it('rejects a request that gets an answer of another type', async () => {
    const { outbox, say, answer, frameOf } = setUp()
    outbox.connected(limits)
    const outcome = say('a')
    answer({ type: 'ok', requestId: frameOf('a').requestId ?? '' })
    expect(await outcome).toBe('bad_answer')
  })

  it('leaves no timer when nothing waits', () => {
    const { outbox, say, ack } = setUp()
    outbox.connected(limits)
    void say('a')
    ack('a', 1)
    expect(jest.getTimerCount()).toBe(0)
  })

  describe('with a journal', () => {
    const message = (content: string) =>
      ({ type: 'chat_message', channelId: 'c', content }) as const
    const flush = () => jest.advanceTimersByTimeAsync(0)

    /** A journal whose writes end when the test says so. */
    function slowJournal() {
      const writes: { change: Parameters<OutboxJournal['numbered']>[0]; end: () => void }[] = []
      const journal: OutboxJournal = {
        numbered: (change) => new Promise<void>((end) => writes.push({ change, end })),
      }
      return { journal, writes }
    }

    it('sends a request after its number is written', async () => {
      const { journal, writes } = slowJournal()
      const { outbox, contents } = setUp({ journal })
      outbox.connected(limits)
      void outbox.submit(message('a'), { key: 'one', clientSeq: null })
      await flush()
      expect(writes.map(({ change }) => change)).toEqual([
        { nextClientSeq: 2, numbers: [{ key: 'one', clientSeq: 1 }] },
      ])
      expect(contents()).toEqual([])
      writes[0]?.end()
      await flush()
      expect(contents()).toEqual(['a'])
    })

    it('keeps a number that was written for a socket which is gone', async () => {
      const { journal, writes } = slowJournal()
      const { outbox, contents, numbers } = setUp({ journal })
      outbox.connected(limits)
      void outbox.submit(message('a'), { key: 'one', clientSeq: null })
      await flush()
      outbox.disconnected({ code: 1006 })
      writes[0]?.end()
      await flush()
      expect(contents()).toEqual([])
      outbox.connected(limits)
      expect(contents()).toEqual(['a'])
      expect(numbers()).toEqual([1])
      expect(writes).toHaveLength(1)
    })

    it('sends a kept request under its number, before requests without one', async () => {
      const { journal, writes } = slowJournal()
      const { outbox, contents, numbers } = setUp({ journal })
      void outbox.submit(message('kept'), { key: 'one', clientSeq: 1 })
      void outbox.submit(message('new'), { key: 'two', clientSeq: null })
      outbox.connected(limits)
      expect(contents()).toEqual(['kept'])
      await flush()
      writes[0]?.end()
      await flush()
      expect(contents()).toEqual(['kept', 'new'])
      expect(numbers()[0]).toBe(1)
    })
  })
})
