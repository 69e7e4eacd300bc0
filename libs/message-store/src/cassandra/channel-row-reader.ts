import type { ChannelKind } from '@rookery/domain'
import type { ChannelReader, ChannelRow } from '../message-store.ts'
import { chunksOf } from './chunks.ts'
import type { StoreContext } from './context.ts'
import { shards } from './public-shards.ts'
import type { Param } from './session.ts'

interface Columns {
  channel_id: string
  kind: ChannelKind | null
  created_by: string
  created_at_ms: bigint
  name_key: string | null
  name: string | null
  topic: string | null
  head: bigint | null
  message_number: bigint
  head_epoch: number
  head_partition: number
  head_offset: bigint
}
interface Listed {
  name_key: Buffer
  channel_id: string
}

const select = `SELECT channel_id, kind, created_by, created_at_ms, name_key, name, topic, head, message_number,
    head_epoch, head_partition, head_offset
  FROM channels WHERE channel_id`

export function channelRowReader(
  context: StoreContext,
): Pick<ChannelReader, 'channel' | 'channels' | 'publicChannels'> {
  const { session } = context

  const channels: ChannelReader['channels'] = async (channelIds) => {
    const chunks = await Promise.all(
      chunksOf(channelIds).map((ids) => session.all<Columns>(`${select} IN ?`, ids)),
    )
    return new Map(
      chunks.flat().flatMap((row) => {
        const channel = toChannel(row)
        return channel === null ? [] : [[channel.channelId, channel] as const]
      }),
    )
  }

  /** The next names of all shards, in order, at most `limit`. */
  const listed = async (from: NameRange, limit: number): Promise<Listed[]> => {
    const { condition, params } = from
    const pages = await Promise.all(
      shards.map((shard) =>
        session.all<Listed>(
          `SELECT name_key, channel_id FROM public_channels WHERE shard = ? ${condition} LIMIT ?`,
          shard,
          ...params,
          limit,
        ),
      ),
    )
    return pages
      .flat()
      .sort((a, b) => Buffer.compare(a.name_key, b.name_key))
      .slice(0, limit)
  }

  return {
    channels,

    channel: async (channelId) => {
      const row = await session.first<Columns>(`${select} = ?`, channelId)
      return row === undefined ? null : toChannel(row)
    },

    publicChannels: async ({ nameKeyPrefix, after, limit }) => {
      const found: ChannelRow[] = []
      let last: Buffer | null = after === undefined ? null : Buffer.from(after)
      while (found.length < limit) {
        // Some of the names may be those of channels that are not there yet.
        const wanted = limit - found.length
        const names = await listed(rangeOf(Buffer.from(nameKeyPrefix), last), wanted)
        const rows = await channels(names.map((name) => name.channel_id))
        for (const { channel_id } of names) {
          const channel = rows.get(channel_id)
          if (channel !== undefined) found.push(channel)
        }
        if (names.length < wanted) break
        last = names.at(-1)?.name_key ?? null
      }
      return found
    },
  }
}

interface NameRange {
  condition: string
  params: Param[]
}

function rangeOf(prefix: Buffer, after: Buffer | null): NameRange {
  const params: Param[] = []
  let condition: string
  if (after !== null && Buffer.compare(after, prefix) >= 0) {
    condition = 'AND name_key > ?'
    params.push(after)
  } else {
    condition = 'AND name_key >= ?'
    params.push(prefix)
  }
  // UTF-8 has no byte 0xFF, so the last byte can always be raised.
  const lastByte = prefix.at(-1)
  if (lastByte !== undefined) {
    condition += ' AND name_key < ?'
    params.push(Buffer.concat([prefix.subarray(0, -1), Buffer.of(lastByte + 1)]))
  }
  return { condition, params }
}

/** A channel is there once its creation and a head are. */
function toChannel(row: Columns): ChannelRow | null {
  if (row.kind === null || row.head === null) return null
  return {
    channelId: row.channel_id,
    kind: row.kind,
    name: textOf(row.name),
    nameKey: row.name_key,
    topic: textOf(row.topic),
    createdBy: row.created_by,
    createdAtMs: Number(row.created_at_ms),
    head: Number(row.head),
    messageNumber: Number(row.message_number),
    headPosition: {
      epoch: row.head_epoch,
      partition: row.head_partition,
      offset: Number(row.head_offset),
    },
  }
}

function textOf(json: string | null): string | null {
  return json === null ? null : (JSON.parse(json) as string | null)
}
