import { describe, expect, it } from '@jest/globals'
import type { FeedEvent } from '../incoming.ts'
import { History } from './history.ts'

const at = '2026-11-20T12:00:00.000Z'
const message = (seq: number, content = `line ${seq}`): FeedEvent & { type: 'chat_message' } => ({
  type: 'chat_message',
  channelId: 'c',
  seq,
  messageId: `m${seq}`,
  senderId: 'bob',
  content,
  sentAt: at,
})
const edit = (seq: number, targetSeq: number, content: string): FeedEvent => ({
  type: 'message_edited',
  channelId: 'c',
  seq,
  targetSeq,
  content,
  by: 'bob',
  at,
})
const contents = (history: History) => history.entries.map(({ message: shown }) => shown?.content)

describe('History', () => {
  it('applies a change that came while the page was on its way', () => {
    const history = new History()
    history.noteHead(2)
    history.place(1, 2)
    history.apply(edit(3, 2, 'edited'), null, true)
    const events = [message(1), message(2)]
    history.insert({ from: 1, to: 2, events, messages: events, askedAtHead: 2 })
    expect(contents(history)).toEqual(['line 1', 'edited'])
    expect(history.completeUpTo).toBe(3)
  })

  it('does not apply a change that the page has already', () => {
    const history = new History()
    history.place(1, 1)
    history.apply(edit(2, 1, 'first edit'), null, false)
    const now = { ...message(1, 'second edit') }
    history.insert({ from: 1, to: 1, events: [message(1)], messages: [now], askedAtHead: 3 })
    expect(contents(history)).toEqual(['second edit'])
  })

  it('keeps what lies behind the last hole', () => {
    const history = new History()
    history.place(1, 3)
    history.apply(message(1), null, true)
    history.apply(message(3), null, true)
    history.apply(message(4), null, true)
    const kept = history.keep('c', 'e', 100)
    expect(kept).toMatchObject({ from: 3, to: 4 })
    expect(kept?.entries.map(({ seq }) => seq)).toEqual([3, 4])
  })
})
