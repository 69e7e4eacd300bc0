import type { ChannelReader, MessageRow } from '../message-store.ts'
import { chunksOf } from './chunks.ts'
import { bucketOf, long, type StoreContext } from './context.ts'
import { type MessageColumns, toMessage } from './message-columns.ts'

// Buckets that are read together where most hold no messages, only other events.
const maxBucketsAtOnce = 16

const select = `SELECT channel_id, seq, message_number, username, sent_at_ms, session, client_seq, content,
    edited_at_ms, edit_seqs, deleted_at_ms, deleted_epoch, deleted_partition, deleted_offset, reactions
  FROM messages WHERE channel_id = ? AND bucket = ?`
// In a row without sent_at_ms, only an edit, a deletion or a reaction has been stored, and not yet
// the message.
const sentOnly = 'AND sent_at_ms > -1'

export function messageReader(
  context: StoreContext,
): Pick<ChannelReader, 'messages' | 'message' | 'lastMessages'> {
  const { cassandra } = context
  const bucket = (seq: number): number => bucketOf(context, seq)

  const lastSeqs = async (channelIds: readonly string[]): Promise<ReadonlyMap<string, number>> => {
    const chunks = await Promise.all(
      chunksOf(channelIds).map((ids) =>
        cassandra.all<{ channel_id: string; last_message_seq: bigint | null }>(
          'SELECT channel_id, last_message_seq FROM channels WHERE channel_id IN ?',
          ids,
        ),
      ),
    )
    return new Map(
      chunks
        .flat()
        .flatMap(({ channel_id, last_message_seq }) =>
          last_message_seq === null ? [] : [[channel_id, Number(last_message_seq)] as const],
        ),
    )
  }

  /** The newest messages up to `last`, ascending. */
  const newest = async (channelId: string, last: number, limit: number): Promise<MessageRow[]> => {
    const found: MessageRow[] = []
    let next = bucket(last)
    for (let width = 1; next >= 0 && found.length < limit; width *= 2) {
      const buckets = bucketsFrom(next, -1, Math.min(width, next + 1))
      const missing = limit - found.length
      const pages = await Promise.all(
        buckets.map((each) =>
          cassandra.all<MessageColumns>(
            `${select} AND seq <= ? ${sentOnly} ORDER BY seq DESC LIMIT ? ALLOW FILTERING`,
            channelId,
            each,
            long(last),
            missing,
          ),
        ),
      )
      found.push(...pages.flat().slice(0, missing).map(toMessage))
      // This is the channel's first message, so no message is below it.
      if (found.at(-1)?.messageNumber === 1) break
      next -= buckets.length
    }
    return found.reverse()
  }

  /** The oldest messages after `after` and up to `last`, ascending. */
  const oldest = async (
    channelId: string,
    after: number,
    last: number,
    limit: number,
  ): Promise<MessageRow[]> => {
    const found: MessageRow[] = []
    let next = bucket(after + 1)
    for (let width = 1; next <= bucket(last) && found.length < limit; width *= 2) {
      const buckets = bucketsFrom(next, 1, Math.min(width, bucket(last) - next + 1))
      const missing = limit - found.length
      const pages = await Promise.all(
        buckets.map((each) =>
          cassandra.all<MessageColumns>(
            `${select} AND seq > ? ${sentOnly} LIMIT ? ALLOW FILTERING`,
            channelId,
            each,
            long(after),
            missing,
          ),
        ),
      )
      found.push(...pages.flat().slice(0, missing).map(toMessage))
      next += buckets.length
    }
    return found
  }

  const message: ChannelReader['message'] = async (channelId, seq) => {
    const row = await cassandra.first<MessageColumns>(
      `${select} AND seq = ?`,
      channelId,
      bucket(seq),
      long(seq),
    )
    return row === undefined || row.sent_at_ms === null ? null : toMessage(row)
  }

  return {
    message,

    messages: async (channelId, { before, after, limit }) => {
      const last = (await lastSeqs([channelId])).get(channelId) ?? 0
      if (after !== undefined) return oldest(channelId, after, last, limit)
      return newest(channelId, Math.min(last, (before ?? Number.POSITIVE_INFINITY) - 1), limit)
    },

    lastMessages: async (channelIds) => {
      const found = await Promise.all(
        [...(await lastSeqs(channelIds))].map(async ([channelId, seq]) => {
          // `last_message_seq` may be stored before the row of this message.
          const row = await message(channelId, seq)
          return row ?? (await newest(channelId, seq - 1, 1)).at(0)
        }),
      )
      return new Map(found.flatMap((row) => (row === undefined ? [] : [[row.channelId, row]])))
    },
  }
}

function bucketsFrom(first: number, direction: 1 | -1, count: number): number[] {
  const length = Math.min(count, maxBucketsAtOnce)
  return Array.from({ length }, (_, i) => first + direction * i)
}
