import { type SessionRow, versionOf } from '@rookery/domain'
import type { ChannelWriter, Progress, TextWrite, TurnWrites } from '../message-store.ts'
import { BoundedSet } from './bounded-set.ts'
import {
  channelStatements,
  headStatement,
  lastMessageStatement,
  memberStatements,
  publicChannelStatement,
  publicNameStatements,
} from './channel-statements.ts'
import { bucketOf, long, statement, type StoreContext } from './context.ts'
import {
  erasureStatement,
  eventStatement,
  sessionBucketStatement,
  sessionStatement,
} from './event-statements.ts'
import { deletionStatement, reactionStatement, textStatement } from './message-statements.ts'
import { PartitionBatches } from './partition-batches.ts'
import { shardOf } from './public-shards.ts'

// A forgotten entry costs one more write.
const maxRemembered = 100_000
const noTimestamp = -1

interface ProgressColumns {
  epoch: number | null
  next: bigint
  last_timestamp_ms: bigint
}

export function channelWriter(
  context: StoreContext,
  membersChanged: (channelIds: Iterable<string>) => void,
): Pick<ChannelWriter, 'write' | 'progress' | 'setProgress' | 'hasRows'> {
  const { cassandra } = context
  /** Rows that are never removed, and that this process has stored. */
  const known = new BoundedSet(maxRemembered)

  /** Marks a partition before its first row, so that rows without progress are noticed. */
  const markPartitions = async ({ events }: TurnWrites): Promise<void> => {
    const partitions = new Map(
      events.map(({ position }) => [`partition ${position.partition}`, position]),
    )
    for (const [key, position] of partitions) {
      if (known.has(key)) continue
      await cassandra.write([
        statement(
          'UPDATE log_partitions USING TIMESTAMP ? SET has_rows = true WHERE log_partition = ?',
          versionOf(position),
          position.partition,
        ),
      ])
      known.add(key)
    }
  }

  return {
    write: async (writes) => {
      await markPartitions(writes)
      const batches = new PartitionBatches()
      const inBucket = (channelId: string, seq: number): [string, number] => [
        channelId,
        bucketOf(context, seq),
      ]
      const firsts = new Map<string, SessionRow>()
      const firstBuckets = new Map<string, number>()
      for (const row of writes.events) {
        const [channelId, bucket] = inBucket(row.channelId, row.seq)
        batches.add([channelId, bucket], eventStatement(context, row))
        if (!firstBuckets.has(channelId)) firstBuckets.set(channelId, bucket)
      }
      for (const row of writes.sessions) {
        batches.add(inBucket(row.channelId, row.seq), sessionStatement(context, row))
        const { channelId, user, session: name } = row
        const key = JSON.stringify([...inBucket(channelId, row.seq), user, name])
        if (!known.has(key)) firsts.set(key, row)
      }
      for (const row of firsts.values())
        batches.add([row.channelId], sessionBucketStatement(context, row))
      for (const write of writes.texts)
        batches.add(inBucket(write.channelId, write.seq), textStatement(context, write))
      for (const write of writes.deletions)
        batches.add(inBucket(write.channelId, write.seq), deletionStatement(context, write))
      for (const write of writes.reactions)
        batches.add(inBucket(write.channelId, write.seq), reactionStatement(context, write))
      for (const write of writes.erasures)
        batches.add(inBucket(write.channelId, write.seq), erasureStatement(context, write))
      // Readers read up to the head. If a channel's new rows are more than one batch, the head must
      // be written after all of them.
      const heads = new PartitionBatches()
      const lastMessages = lastSent(writes.texts)
      for (const write of writes.heads) {
        const last = bucketOf(context, write.seq)
        const first = firstBuckets.get(write.channelId) ?? last
        const split = first < last || batches.isSplit([write.channelId, last])
        const stage = split ? heads : batches
        const isMessage = lastMessages.get(write.channelId)?.seq === write.seq
        stage.add([write.channelId], headStatement(write, isMessage))
        if (isMessage) lastMessages.delete(write.channelId)
      }
      for (const write of lastMessages.values())
        batches.add([write.channelId], lastMessageStatement(write))
      for (const write of writes.channels) {
        batches.add([write.channelId], ...channelStatements(write))
        const { created, indexKeys = [] } = write
        const shard = ['public', shardOf(write.channelId)]
        if (created?.kind === 'public' && created.nameKey !== null)
          batches.add(shard, publicChannelStatement(write, created.nameKey))
        if (indexKeys.length > 0) batches.add(shard, ...publicNameStatements(write, indexKeys))
      }
      for (const write of writes.members) {
        batches.add([write.channelId], ...memberStatements('members', write))
        batches.add([write.username], ...memberStatements('memberships', write))
      }
      try {
        await cassandra.writeAll([...batches.batches()])
        await cassandra.writeAll([...heads.batches()])
      } finally {
        membersChanged(new Set(writes.members.map((write) => write.channelId)))
      }
      for (const key of firsts.keys()) known.add(key)
    },

    progress: async (partition) => {
      const row = await cassandra.first<ProgressColumns>(
        'SELECT epoch, next, last_timestamp_ms FROM log_partitions WHERE log_partition = ?',
        partition,
      )
      if (row === undefined || row.epoch === null) return null
      const lastTimestampMs = Number(row.last_timestamp_ms)
      return {
        epoch: row.epoch,
        next: Number(row.next),
        lastTimestampMs: lastTimestampMs === noTimestamp ? null : lastTimestampMs,
      }
    },

    setProgress: async (partition, progress: Progress) => {
      const { epoch, next, lastTimestampMs } = progress
      await cassandra.write([
        statement(
          `UPDATE log_partitions USING TIMESTAMP ? SET epoch = ?, next = ?, last_timestamp_ms = ?
           WHERE log_partition = ?`,
          versionOf({ epoch, partition, offset: next }),
          epoch,
          long(next),
          long(lastTimestampMs ?? noTimestamp),
          partition,
        ),
      ])
    },

    hasRows: async (partition) => {
      const row = await cassandra.first<{ has_rows: boolean | null }>(
        'SELECT has_rows FROM log_partitions WHERE log_partition = ?',
        partition,
      )
      return row?.has_rows === true
    },
  }
}

/** For each channel, the last message that was sent in this turn. Edits do not count. */
function lastSent(texts: readonly TextWrite[]): Map<string, TextWrite> {
  const last = new Map<string, TextWrite>()
  for (const write of texts) {
    const { channelId, seq, sent } = write
    if (sent !== undefined && seq > (last.get(channelId)?.seq ?? 0)) last.set(channelId, write)
  }
  return last
}
