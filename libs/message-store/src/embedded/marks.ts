import type { Mark, Marks } from '../message-store.ts'
import type { StoreFile } from './store-file.ts'

export function marks(file: StoreFile): Marks {
  return {
    advanceMarks: (readMarks) =>
      file.keep((statements) => {
        for (const { username, channelId, seq, messageNumber } of readMarks) {
          statements.run(
            `INSERT INTO read_marks (username, channel_id, seq, message_number) VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET seq = excluded.seq, message_number = excluded.message_number
             WHERE excluded.seq > seq`,
            username,
            channelId,
            seq,
            messageNumber,
          )
        }
      }),

    marksOf: (username) =>
      file.read((statements) => {
        const rows = statements.all<{ channel_id: string; seq: number; message_number: number }>(
          'SELECT channel_id, seq, message_number FROM read_marks WHERE username = ?',
          username,
        )
        return new Map(
          rows.map((row) => [row.channel_id, { seq: row.seq, messageNumber: row.message_number }]),
        )
      }),

    mark: (username, channelId) =>
      file.read((statements): Mark | null => {
        const row = statements.get<{ seq: number; message_number: number }>(
          'SELECT seq, message_number FROM read_marks WHERE username = ? AND channel_id = ?',
          username,
          channelId,
        )
        return row === undefined ? null : { seq: row.seq, messageNumber: row.message_number }
      }),

    cursor: ({ channelId, username, name }) =>
      file.read(
        (statements) =>
          statements.get<{ seq: number }>(
            'SELECT seq FROM cursors WHERE channel_id = ? AND username = ? AND name = ?',
            channelId,
            username,
            name,
          )?.seq ?? 0,
      ),

    advanceCursor: ({ channelId, username, name }, seq) =>
      file.keep((statements) => {
        statements.run(
          `INSERT INTO cursors (channel_id, username, name, seq) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET seq = excluded.seq WHERE excluded.seq > seq`,
          channelId,
          username,
          name,
          seq,
        )
      }),
  }
}
