import type { EventRow, LogPosition, SessionRow, Text } from '@rookery/domain'
import type { HeadWrite, TextWrite, TurnWrites } from '../message-store.ts'

/** The log position of a test's record. All records of one test channel are in one partition. */
export function at(offset: number, epoch = 1): LogPosition {
  return { epoch, partition: 3, offset }
}

export function writes(some: Partial<TurnWrites>): TurnWrites {
  return {
    events: [],
    sessions: [],
    heads: [],
    channels: [],
    members: [],
    texts: [],
    deletions: [],
    reactions: [],
    erasures: [],
    ...some,
  }
}

/** The row of a chat message. Its record's offset is `10 × seq`, and every event is a message. */
export function messageEvent(
  channelId: string,
  seq: number,
  { text = { content: `message ${seq}` }, position = at(10 * seq) }: Partial<EventRow> = {},
): EventRow {
  return {
    channelId,
    seq,
    messageNumber: seq,
    position,
    sentAtMs: 1_700_000_000_000 + seq,
    user: 'ann',
    session: 'laptop',
    clientSeq: 2 * seq,
    body: { type: 'chat_message' },
    text,
  }
}

export function sessionOf(row: EventRow): SessionRow {
  const { channelId, user, session, clientSeq, position, seq, sentAtMs } = row
  return { channelId, user, session, clientSeq, position, seq, sentAtMs, bodyHash: `hash ${seq}` }
}

export function headAt(row: EventRow): HeadWrite {
  const { channelId, seq, messageNumber, position } = row
  return { channelId, seq, messageNumber, position }
}

export function firstText(row: EventRow): TextWrite {
  const { channelId, seq, position, text, user, sentAtMs, messageNumber, session, clientSeq } = row
  const sent = { user, sentAtMs, messageNumber, session, clientSeq }
  return { channelId, seq, position, text, edit: null, sent }
}

export function editOf(
  channelId: string,
  seq: number,
  edit: { seq: number; position: LogPosition; text: Text | null },
): TextWrite {
  const { position, text } = edit
  return {
    channelId,
    seq,
    position,
    text,
    edit: { seq: edit.seq, editedAtMs: 1_700_000_000_000 + edit.seq },
  }
}

/** All writes of the fold for a channel whose events 1…`count` are all messages. */
export function channelOfMessages(channelId: string, count: number): TurnWrites {
  const rows = Array.from({ length: count }, (_, i) => messageEvent(channelId, i + 1))
  const last = rows.at(-1)
  return writes({
    events: rows,
    sessions: rows.map(sessionOf),
    texts: rows.map(firstText),
    heads: last === undefined ? [] : [headAt(last)],
    channels: [
      {
        channelId,
        position: at(10),
        created: { kind: 'group', createdBy: 'ann', createdAtMs: 1_700_000_000_001, nameKey: null },
        name: 'a group',
      },
    ],
  })
}
