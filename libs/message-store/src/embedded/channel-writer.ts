import { indexKeys, versionOf } from '@rookery/domain'
import type { ChannelWriter, Progress } from '../message-store.ts'
import { enterPublicName, writeChannel, writeHead, writeMember } from './channel-row-writes.ts'
import { lastBelow } from './last-below.ts'
import { writeErasure, writeEvent, writeSession } from './event-writes.ts'
import { writeDeletion, writeReaction, writeText } from './message-writes.ts'
import type { StoreFile } from './store-file.ts'

export function channelWriter(file: StoreFile): ChannelWriter {
  return {
    write: (writes) =>
      file.project((statements) => {
        for (const row of writes.events) writeEvent(statements, row)
        for (const row of writes.sessions) writeSession(statements, row)
        for (const write of writes.heads) writeHead(statements, write)
        for (const write of writes.channels) writeChannel(statements, write)
        for (const write of writes.members) writeMember(statements, write)
        for (const write of writes.texts) writeText(statements, write)
        for (const write of writes.deletions) writeDeletion(statements, write)
        for (const write of writes.reactions) writeReaction(statements, write)
        for (const write of writes.erasures) writeErasure(statements, write)
      }),

    enterPublicNames: () =>
      file.project((statements) => {
        const missing = statements.all<{ channelId: string; name: string }>(
          `SELECT channel_id AS channelId, name FROM channels
           WHERE kind = 'public' AND name IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM public_names WHERE channel_id = channels.channel_id)`,
        )
        for (const { channelId, name } of missing)
          enterPublicName(statements, channelId, indexKeys(JSON.parse(name) as string))
      }),

    progress: (partition) =>
      file.read((statements) => {
        const row = statements.get<Progress>(
          `SELECT epoch, next, last_timestamp_ms AS lastTimestampMs FROM progress WHERE partition = ?`,
          partition,
        )
        return row === undefined ? null : { ...row }
      }),

    setProgress: (partition, { epoch, next, lastTimestampMs }) =>
      file.project((statements) => {
        statements.run(
          `INSERT INTO progress (partition, epoch, next, last_timestamp_ms) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET
             epoch = excluded.epoch,
             next = excluded.next,
             last_timestamp_ms = excluded.last_timestamp_ms
           WHERE (excluded.epoch, excluded.next) > (epoch, next)`,
          partition,
          epoch,
          next,
          lastTimestampMs,
        )
      }),

    hasRows: (partition) =>
      file.read(
        (statements) =>
          statements.get(
            'SELECT partition FROM partitions_with_rows WHERE partition = ?',
            partition,
          ) !== undefined,
      ),

    // Versions rise with seq, and with clientSeq in a session.
    channelBase: (channelId, before) =>
      file.read((statements) => {
        const row = lastBelow(versionOf(before), (seq) =>
          statements.get<{ at: number; version: number; messageNumber: number }>(
            `SELECT seq AS at, version, message_number AS messageNumber FROM events
             WHERE channel_id = ? AND seq <= ? AND version > 0 ORDER BY seq DESC LIMIT 1`,
            channelId,
            seq,
          ),
        )
        return { seq: row?.at ?? 0, messageNumber: row?.messageNumber ?? 0 }
      }),

    sessionBase: ({ channelId, user, session }, before) =>
      file.read((statements) => {
        const row = lastBelow(versionOf(before), (clientSeq) =>
          statements.get<{ at: number; version: number }>(
            `SELECT client_seq AS at, version FROM sessions
             WHERE channel_id = ? AND user = ? AND session = ? AND client_seq <= ?
             ORDER BY client_seq DESC LIMIT 1`,
            channelId,
            user,
            session,
            clientSeq,
          ),
        )
        return row?.at ?? 0
      }),
  }
}
