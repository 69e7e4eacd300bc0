import { type EventRow, type SessionRow, versionOf } from '@rookery/domain'
import type { Statements } from '@rookery/sqlite'
import type { ErasureWrite } from '../message-store.ts'

export function writeEvent(statements: Statements, row: EventRow): void {
  const { epoch, partition, offset } = row.position
  const version = versionOf(row.position)
  // The text has a version of its own: an erasure has a higher one than the event, and may be
  // written first.
  statements.run(
    `INSERT INTO events (channel_id, seq, version, epoch, partition, offset, message_number, sent_at_ms,
       user, session, client_seq, body, text_version, text)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET
       version = excluded.version,
       epoch = excluded.epoch,
       partition = excluded.partition,
       offset = excluded.offset,
       message_number = excluded.message_number,
       sent_at_ms = excluded.sent_at_ms,
       user = excluded.user,
       session = excluded.session,
       client_seq = excluded.client_seq,
       body = excluded.body,
       text = iif(excluded.text_version > text_version, excluded.text, text),
       text_version = max(excluded.text_version, text_version)
     WHERE excluded.version > version`,
    row.channelId,
    row.seq,
    version,
    epoch,
    partition,
    offset,
    row.messageNumber,
    row.sentAtMs,
    row.user,
    row.session,
    row.clientSeq,
    JSON.stringify(row.body),
    version,
    row.text === null ? null : JSON.stringify(row.text),
  )
  // A partition's first row is the first event of a channel.
  if (row.seq === 1)
    statements.run(
      'INSERT INTO partitions_with_rows (partition) VALUES (?) ON CONFLICT DO NOTHING',
      partition,
    )
}

export function writeErasure(
  statements: Statements,
  { channelId, seq, position }: ErasureWrite,
): void {
  statements.run(
    `INSERT INTO events (channel_id, seq, text_version) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET text = NULL, text_version = excluded.text_version
     WHERE excluded.text_version > text_version`,
    channelId,
    seq,
    versionOf(position),
  )
}

export function writeSession(statements: Statements, row: SessionRow): void {
  const { epoch, partition, offset } = row.position
  statements.run(
    `INSERT INTO sessions (channel_id, user, session, client_seq, version, epoch, partition, offset, seq,
       sent_at_ms, body_hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET
       version = excluded.version,
       epoch = excluded.epoch,
       partition = excluded.partition,
       offset = excluded.offset,
       seq = excluded.seq,
       sent_at_ms = excluded.sent_at_ms,
       body_hash = excluded.body_hash
     WHERE excluded.version > version`,
    row.channelId,
    row.user,
    row.session,
    row.clientSeq,
    versionOf(row.position),
    epoch,
    partition,
    offset,
    row.seq,
    row.sentAtMs,
    row.bodyHash,
  )
}
