import type { Mark, Marks } from '../message-store.ts'
import { long, statement, type StoreContext } from './context.ts'
import { PartitionBatches } from './partition-batches.ts'

interface MarkColumns {
  channel_id: string
  seq: bigint
  message_number: bigint
}

/** The seq is the version, so the highest mark stays in any order of writes. */
export function marks({ session }: StoreContext): Marks {
  return {
    advanceMarks: async (readMarks) => {
      const batches = new PartitionBatches()
      for (const { username, channelId, seq, messageNumber } of readMarks) {
        batches.add(
          [username],
          statement(
            `UPDATE read_marks USING TIMESTAMP ? SET seq = ?, message_number = ?
             WHERE username = ? AND channel_id = ?`,
            long(seq),
            long(seq),
            long(messageNumber),
            username,
            channelId,
          ),
        )
      }
      await session.writeAll([...batches.batches()])
    },

    marksOf: async (username) => {
      const rows = await session.all<MarkColumns>(
        'SELECT channel_id, seq, message_number FROM read_marks WHERE username = ?',
        username,
      )
      return new Map(rows.map((row) => [row.channel_id, toMark(row)]))
    },

    mark: async (username, channelId) => {
      const row = await session.first<MarkColumns>(
        'SELECT channel_id, seq, message_number FROM read_marks WHERE username = ? AND channel_id = ?',
        username,
        channelId,
      )
      return row === undefined ? null : toMark(row)
    },

    cursor: async ({ channelId, username, name }) => {
      const row = await session.first<{ seq: bigint }>(
        'SELECT seq FROM cursors WHERE username = ? AND channel_id = ? AND name = ?',
        username,
        channelId,
        name,
      )
      return Number(row?.seq ?? 0)
    },

    advanceCursor: async ({ channelId, username, name }, seq) => {
      await session.write([
        statement(
          'UPDATE cursors USING TIMESTAMP ? SET seq = ? WHERE username = ? AND channel_id = ? AND name = ?',
          long(seq),
          long(seq),
          username,
          channelId,
          name,
        ),
      ])
    },
  }
}

function toMark({ seq, message_number }: MarkColumns): Mark {
  return { seq: Number(seq), messageNumber: Number(message_number) }
}
