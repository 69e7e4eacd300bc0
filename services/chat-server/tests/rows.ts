import type { EventRow } from '@rookery/domain'
import type { ChannelRow, MemberRow } from '@rookery/message-store'

export const channelId = 'p-0'
const position = { epoch: 1, partition: 0, offset: 0 }

/** A stored event: by default a message of ann's in channel `p-0`. */
export function eventRow(seq: number, more: Partial<EventRow> = {}): EventRow {
  return {
    channelId,
    seq,
    messageNumber: seq,
    position: { ...position, offset: seq },
    sentAtMs: 0,
    user: 'ann',
    session: 's',
    clientSeq: seq,
    body: { type: 'chat_message' },
    text: more.body === undefined ? { content: `m${seq}` } : null,
    ...more,
  }
}

/** The row of a public channel with events up to `head`. */
export function channelRow(head: number, more: Partial<ChannelRow> = {}): ChannelRow {
  return {
    channelId,
    kind: 'public',
    name: 'lobby',
    nameKey: 'lobby',
    topic: null,
    createdAtMs: 0,
    createdBy: 'ann',
    head,
    headPosition: { ...position, offset: head },
    messageNumber: head,
    ...more,
  }
}

export function memberRow(username: string, more: Partial<MemberRow> = {}): MemberRow {
  return { channelId, username, present: true, role: 'member', presentPosition: position, ...more }
}
