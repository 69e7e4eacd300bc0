import type { ChannelKind } from '@rookery/domain'
import type { ChannelReader, ChannelRow } from '../message-store.ts'
import { chunksOf } from './chunks.ts'
import type { StoreContext } from './context.ts'

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

const select = `SELECT channel_id, kind, created_by, created_at_ms, name_key, name, topic, head, message_number,
    head_epoch, head_partition, head_offset
  FROM channels WHERE channel_id`

export function channelRowReader(
  context: StoreContext,
): Pick<ChannelReader, 'channel' | 'channels'> {
  const { cassandra } = context

  const channels: ChannelReader['channels'] = async (channelIds) => {
    const chunks = await Promise.all(
      chunksOf(channelIds).map((ids) => cassandra.all<Columns>(`${select} IN ?`, ids)),
    )
    return new Map(
      chunks.flat().flatMap((row) => {
        const channel = toChannel(row)
        return channel === null ? [] : [[channel.channelId, channel] as const]
      }),
    )
  }

  return {
    channels,

    channel: async (channelId) => {
      const row = await cassandra.first<Columns>(`${select} = ?`, channelId)
      return row === undefined ? null : toChannel(row)
    },
  }
}

/** A channel exists once its creation and a head are stored. */
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
