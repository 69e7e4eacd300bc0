import { describe, expect, it } from '@jest/globals'
import { bodyHash, type RecordBody } from '@rookery/domain'
import type { ClientFrame } from '@rookery/protocol'
import { identityOf, openConnection } from '../tests/open-connection.ts'
import { tick } from '../tests/quiet-hub-deps.ts'
import { channelId, eventRow } from '../tests/rows.ts'
import { answerRepeat } from './answer-repeat.ts'

const chatMessage = { type: 'chat_message', channelId, content: 'hello', clientSeq: 4 } as const
const hello: RecordBody = { type: 'chat_message', content: 'hello' }

/** The answers to a request of ann's. Her number 4 is stored as event 2 with the body `stored`. */
async function answersTo(frame: ClientFrame, stored: RecordBody, events = [eventRow(2)]) {
  const { connection, tcp } = openConnection()
  connection.identity = identityOf('ann')
  const asked: unknown[] = []
  const store = {
    sessionRow: async (key: object, clientSeq: number) => {
      asked.push({ ...key, clientSeq })
      return { ...eventRow(2, { clientSeq }), bodyHash: bodyHash(stored) }
    },
    events: async () => events,
  }
  const isRepeat = await answerRepeat({ store }, connection, frame)
  await tick()
  return { isRepeat, asked, answers: tcp.frames }
}

describe('a request that was accepted when it was sent first', () => {
  it('acknowledges a repeated message again', async () => {
    const { isRepeat, asked, answers } = await answersTo({ ...chatMessage, requestId: 'q' }, hello)
    expect(isRepeat).toBe(true)
    expect(asked).toEqual([{ channelId, user: 'ann', session: 's', clientSeq: 4 }])
    expect(answers).toMatchObject([{ type: 'message_ack', seq: 2, clientSeq: 4, requestId: 'q' }])
  })

  it('answers a repeated `leave_channel` with `channel_left`', async () => {
    const { isRepeat, answers } = await answersTo(
      { type: 'leave_channel', channelId, clientSeq: 4, requestId: 'q' },
      { type: 'participant_left', username: 'ann' },
    )
    expect(isRepeat).toBe(true)
    expect(answers).toEqual([{ type: 'channel_left', channelId, by: 'ann', requestId: 'q' }])
  })

  const deletion = { type: 'delete_message', channelId, seq: 1, clientSeq: 4 } as const
  const deleted: RecordBody = { type: 'message_deleted', targetSeq: 1 }

  it('answers any other repeated request with its event', async () => {
    const event = eventRow(2, { body: { type: 'message_deleted', targetSeq: 1 } })
    const frame = { ...deletion, requestId: 'q' }
    const { isRepeat, answers } = await answersTo(frame, deleted, [event])
    expect(isRepeat).toBe(true)
    expect(answers).toMatchObject([{ type: 'message_deleted', seq: 2, requestId: 'q' }])
  })

  it('asks the client to repeat a request once more if its event cannot be read now', async () => {
    const refusal = { code: 'unavailable', retryAfterMs: expect.any(Number) }
    await expect(answersTo(deletion, deleted, [])).rejects.toMatchObject(refusal)
  })
})

describe('a request that is no repeat', () => {
  it('does not answer a request whose number was used for something else', async () => {
    const { isRepeat, answers } = await answersTo({ ...chatMessage, content: 'other' }, hello)
    expect([isRepeat, answers]).toEqual([false, []])
  })

  it.each<[string, ClientFrame]>([
    ['the request has no number', { type: 'chat_message', channelId, content: 'hello' }],
    ['the request joins a channel', { type: 'join_channel', channelId, clientSeq: 4 }],
    ['the request makes no event', { type: 'heartbeat' }],
  ])('does not ask the store if %s', async (_why, frame) => {
    const { isRepeat, asked, answers } = await answersTo(frame, hello)
    expect([isRepeat, asked, answers]).toEqual([false, [], []])
  })

  it('does not answer a request whose number is not stored', async () => {
    const { connection } = openConnection()
    connection.identity = identityOf('ann')
    const store = { sessionRow: async () => null, events: async () => [] }
    expect(await answerRepeat({ store }, connection, chatMessage)).toBe(false)
  })
})
