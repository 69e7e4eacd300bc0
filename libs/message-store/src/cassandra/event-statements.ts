import { type EventRow, type SessionRow, versionOf } from '@rookery/domain'
import type { ErasureWrite } from '../message-store.ts'
import { bucketOf, long, statement, type StoreContext } from './context.ts'
import type { Statement } from './statement.ts'
import { textToCell } from './text-cell.ts'

export function eventStatement(context: StoreContext, row: EventRow): Statement {
  const { epoch, partition, offset } = row.position
  return statement(
    `INSERT INTO events (channel_id, bucket, seq, log_epoch, log_partition, log_offset, message_number,
       sent_at_ms, username, session, client_seq, body, content)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`,
    row.channelId,
    bucketOf(context, row.seq),
    long(row.seq),
    epoch,
    partition,
    long(offset),
    long(row.messageNumber),
    long(row.sentAtMs),
    row.user,
    row.session,
    long(row.clientSeq),
    JSON.stringify(row.body),
    textToCell(row.text),
    versionOf(row.position),
  )
}

/** An erasure has a higher version than its event, so either of them may be written first. */
export function erasureStatement(
  context: StoreContext,
  { channelId, seq, position }: ErasureWrite,
): Statement {
  return statement(
    'UPDATE events USING TIMESTAMP ? SET content = ? WHERE channel_id = ? AND bucket = ? AND seq = ?',
    versionOf(position),
    textToCell(null),
    channelId,
    bucketOf(context, seq),
    long(seq),
  )
}

export function sessionStatement(context: StoreContext, row: SessionRow): Statement {
  const { epoch, partition, offset } = row.position
  const version = versionOf(row.position)
  return statement(
    `INSERT INTO sessions (channel_id, bucket, username, session, client_seq, version, log_epoch,
       log_partition, log_offset, seq, sent_at_ms, body_hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`,
    row.channelId,
    bucketOf(context, row.seq),
    row.user,
    row.session,
    long(row.clientSeq),
    version,
    epoch,
    partition,
    long(offset),
    long(row.seq),
    long(row.sentAtMs),
    row.bodyHash,
    version,
  )
}

export function sessionBucketStatement(context: StoreContext, row: SessionRow): Statement {
  return statement(
    'INSERT INTO session_buckets (channel_id, username, session, bucket) VALUES (?, ?, ?, ?) USING TIMESTAMP ?',
    row.channelId,
    row.user,
    row.session,
    bucketOf(context, row.seq),
    versionOf(row.position),
  )
}
