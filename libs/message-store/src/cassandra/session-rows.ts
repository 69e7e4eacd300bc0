import { type LogPosition, type SessionRow, versionOf } from '@rookery/domain'
import type { ChannelReader, ChannelWriter, SessionKey } from '../message-store.ts'
import { long, type StoreContext } from './context.ts'

interface SessionColumns {
  client_seq: bigint
  log_epoch: number
  log_partition: number
  log_offset: bigint
  seq: bigint
  sent_at_ms: bigint
  body_hash: string
}

/**
 * The rows of a session are in the buckets of their seqs, which `session_buckets` lists. Within a
 * session, clientSeq, seq and log position rise together. So the bucket is found by halving the
 * list, beginning with the newest bucket, which is nearly always the right one.
 */
export function sessionRows(
  context: StoreContext,
): Pick<ChannelReader, 'sessionRow'> & Pick<ChannelWriter, 'sessionBase'> {
  const { cassandra } = context

  const bucketsOf = async ({ channelId, user, session: name }: SessionKey): Promise<number[]> => {
    const rows = await cassandra.all<{ bucket: number }>(
      'SELECT bucket FROM session_buckets WHERE channel_id = ? AND username = ? AND session = ?',
      channelId,
      user,
      name,
    )
    return rows.map((row) => row.bucket)
  }

  const lastUpTo = (
    { channelId, user, session: name }: SessionKey,
    bucket: number,
    clientSeq: number,
  ): Promise<SessionColumns | undefined> =>
    cassandra.first<SessionColumns>(
      `SELECT client_seq, log_epoch, log_partition, log_offset, seq, sent_at_ms, body_hash FROM sessions
       WHERE channel_id = ? AND bucket = ? AND username = ? AND session = ? AND client_seq <= ?
       ORDER BY username DESC, session DESC, client_seq DESC LIMIT 1`,
      channelId,
      bucket,
      user,
      name,
      long(clientSeq),
    )

  // Reads from the newest row down. The first or second row nearly always passes the filter, which
  // ends the search.
  const lastBefore = (
    { channelId, user, session: name }: SessionKey,
    bucket: number,
    before: LogPosition,
  ): Promise<{ client_seq: bigint } | undefined> =>
    cassandra.first<{ client_seq: bigint }>(
      `SELECT client_seq FROM sessions
       WHERE channel_id = ? AND bucket = ? AND username = ? AND session = ? AND version < ?
       ORDER BY username DESC, session DESC, client_seq DESC LIMIT 1 ALLOW FILTERING`,
      channelId,
      bucket,
      user,
      name,
      versionOf(before),
    )

  return {
    sessionRow: async (key, clientSeq) => {
      const row = await inLastBucket(await bucketsOf(key), (bucket) =>
        lastUpTo(key, bucket, clientSeq),
      )
      return row !== undefined && Number(row.client_seq) === clientSeq
        ? toSessionRow(key, row)
        : null
    },

    sessionBase: async (key, before) => {
      const row = await inLastBucket(await bucketsOf(key), (bucket) =>
        lastBefore(key, bucket, before),
      )
      return Number(row?.client_seq ?? 0)
    },
  }
}

/** The result of the highest bucket that has one. All buckets below it have one, too. */
async function inLastBucket<Row>(
  buckets: readonly number[],
  find: (bucket: number) => Promise<Row | undefined>,
): Promise<Row | undefined> {
  let found: Row | undefined
  let low = 0
  for (let high = buckets.length, middle = high - 1; low < high; middle = (low + high) >> 1) {
    const bucket = buckets[middle]
    const row = bucket === undefined ? undefined : await find(bucket)
    if (row === undefined) {
      high = middle
    } else {
      found = row
      low = middle + 1
    }
  }
  return found
}

function toSessionRow(key: SessionKey, row: SessionColumns): SessionRow {
  const { channelId, user, session } = key
  return {
    channelId,
    user,
    session,
    clientSeq: Number(row.client_seq),
    position: {
      epoch: row.log_epoch,
      partition: row.log_partition,
      offset: Number(row.log_offset),
    },
    seq: Number(row.seq),
    sentAtMs: Number(row.sent_at_ms),
    bodyHash: row.body_hash,
  }
}
