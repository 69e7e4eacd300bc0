import type { Channel } from '@rookery/protocol'
import { describe, expect, it } from '@jest/globals'
import { ChannelView } from './channel-view.ts'
import type { FeedEvent } from './incoming.ts'

const at = '2026-11-20T12:00:00.000Z'
const listed: Channel = {
  channelId: 'c',
  kind: 'group',
  name: 'Team',
  createdAt: at,
  memberCount: 2,
  head: 10,
  lastReadSeq: 4,
  unread: 3,
}
const said = (seq: number, senderId: string): FeedEvent => ({
  type: 'chat_message',
  channelId: 'c',
  seq,
  messageId: `m${seq}`,
  senderId,
  content: 'hi',
  sentAt: at,
})

describe('ChannelView', () => {
  it('counts the messages of others as unread, and no other event', () => {
    const view = new ChannelView(listed, 'ada')
    view.apply(said(11, 'bob'))
    view.apply({ type: 'message_deleted', channelId: 'c', seq: 12, targetSeq: 11, by: 'bob', at })
    view.apply({ type: 'unknown_event', channelId: 'c', seq: 13, wireType: 'x' })
    expect(view.channel).toMatchObject({ unread: 4, head: 13 })
    expect(view.channel.lastMessage?.seq).toBe(11)
  })

  it('does not count an event twice', () => {
    const view = new ChannelView(listed, 'ada')
    view.apply(said(10, 'bob'))
    view.apply(said(11, 'bob'))
    view.apply(said(11, 'bob'))
    expect(view.channel.unread).toBe(4)
  })

  it('counts as read up to the user’s own message', () => {
    const view = new ChannelView(listed, 'ada')
    view.apply(said(11, 'bob'))
    view.apply(said(12, 'ada'))
    expect(view.channel).toMatchObject({ unread: 0, lastReadSeq: 12 })
  })

  it('moves the read mark only forward', () => {
    const view = new ChannelView(listed, 'ada')
    for (const seq of [11, 12, 13]) view.apply(said(seq, 'bob'))
    view.markRead(12)
    expect(view.channel).toMatchObject({ unread: 1, lastReadSeq: 12 })
    view.markRead(5)
    expect(view.channel).toMatchObject({ unread: 1, lastReadSeq: 12 })
  })

  it('counts at most one older message as unread per number above the read mark', () => {
    const view = new ChannelView(listed, 'ada')
    view.markRead(8)
    expect(view.channel.unread).toBe(2)
    view.markRead(10)
    expect(view.channel.unread).toBe(0)
  })

  it('follows changes of the name, the topic and the members', () => {
    const view = new ChannelView(listed, 'ada')
    const done = { channelId: 'c', by: 'bob', at }
    view.apply({ type: 'channel_updated', ...done, seq: 11, name: 'Crew', topic: 't' })
    view.apply({ type: 'participant_joined', ...done, seq: 12, username: 'cleo' })
    view.apply({ type: 'participant_joined', ...done, seq: 13, username: 'dora' })
    view.apply({ type: 'participant_left', ...done, seq: 14, username: 'cleo' })
    expect(view.channel).toMatchObject({ name: 'Crew', topic: 't', memberCount: 3, unread: 3 })
    expect(view.title).toBe('Crew')
  })

  it('names a direct channel after the other member', () => {
    const participants = ['ada', 'bob'].map((username) => ({
      username,
      displayName: username,
      role: 'member' as const,
      status: 'online' as const,
    }))
    const view = new ChannelView({ ...listed, kind: 'direct', name: null, participants }, 'ada')
    expect(view.title).toBe('@bob')
  })

  it('shows the other member of a direct channel, and whether the account was deleted', () => {
    const person = (username: string, more: object = {}) => ({
      username,
      displayName: username,
      role: 'member' as const,
      status: 'online' as const,
      ...more,
    })
    const direct = (...participants: ReturnType<typeof person>[]) =>
      new ChannelView({ ...listed, kind: 'direct', name: null, participants }, 'ada').peer
    expect(direct(person('ada'), person('bob'))).toEqual({
      username: 'bob',
      isSelf: false,
      isDeleted: false,
    })
    expect(direct(person('ada'), person('bob', { deleted: true }))).toMatchObject({
      isDeleted: true,
    })
  })

  it('shows oneself as the member of one’s own notes', () => {
    const view = new ChannelView({ ...listed, name: null, notes: true }, 'ada')
    expect(view.peer).toEqual({ username: 'ada', isSelf: true, isDeleted: false })
    expect(view.title).toBe('@ada')
  })

  it('does not treat a group without a name as a direct channel', () => {
    const participants = [
      { username: 'bob', displayName: 'Bob', role: 'owner' as const, status: 'online' as const },
    ]
    const view = new ChannelView({ ...listed, name: null, participants }, 'ada')
    expect(view.peer).toBeNull()
    expect(view.title).toBe('c')
  })

  it('counts correctly with more unread messages than it remembers', () => {
    const view = new ChannelView({ ...listed, unread: 0, lastReadSeq: 10 }, 'ada')
    for (let seq = 11; seq <= 2510; seq++) view.apply(said(seq, 'bob'))
    expect(view.channel.unread).toBe(2500)
    view.markRead(2500)
    expect(view.channel.unread).toBe(10)
  })
})
