import type { ChannelKind } from '@rookery/domain'
import { blobToText, textToBlob } from '@rookery/sqlite'
import type { ChannelReader, ChannelRow } from '../message-store.ts'
import type { StoreFile } from './store-file.ts'

interface Columns {
  channel_id: string
  kind: ChannelKind
  created_by: string
  created_at_ms: number
  name_key: Uint8Array | null
  name: string | null
  topic: string | null
  head: number
  message_number: number
  head_epoch: number
  head_partition: number
  head_offset: number
}

// A channel exists once its creation and a head are stored.
const columns = `channel_id, kind, created_by, created_at_ms, name_key, name, topic, head, message_number,
    head_epoch, head_partition, head_offset`
const select = `SELECT ${columns} FROM channels WHERE created_version > 0 AND head > 0`

export function channelRowReader(
  file: StoreFile,
): Pick<ChannelReader, 'channel' | 'channels' | 'publicNames'> {
  return {
    channel: (channelId) =>
      file.read((statements) => {
        const row = statements.get<Columns>(`${select} AND channel_id = ?`, channelId)
        return row === undefined ? null : toChannel(row)
      }),

    channels: (channelIds) =>
      file.read((statements) => {
        const rows = statements.all<Columns>(
          `${select} AND channel_id IN (SELECT value FROM json_each(?))`,
          JSON.stringify(channelIds),
        )
        return new Map(rows.map((row) => [row.channel_id, toChannel(row)]))
      }),

    publicNames: ({ prefix, after = { key: '', channelId: '' }, limit }) =>
      file.read((statements) => {
        const from = textToBlob(prefix)
        return statements
          .all<Columns & { key: Uint8Array }>(
            `SELECT key, ${columns} FROM public_names JOIN channels USING (channel_id)
             WHERE key >= ?1 AND key < ?2 AND (key, channel_id) > (?3, ?4)
               AND created_version > 0 AND head > 0
             ORDER BY key, channel_id LIMIT ?5`,
            from,
            firstAfterPrefix(from),
            textToBlob(after.key),
            after.channelId,
            limit,
          )
          .map((row) => ({
            entry: { key: blobToText(row.key), channelId: row.channel_id },
            channel: toChannel(row),
          }))
      }),
  }
}

/**
 * The lowest key above all keys with the prefix. UTF-8 has no byte 0xFF, so the last byte of the
 * prefix can be raised by one.
 */
function firstAfterPrefix(prefix: Uint8Array): Uint8Array {
  return Uint8Array.of(...prefix.subarray(0, -1), (prefix.at(-1) ?? 0) + 1)
}

function toChannel(row: Columns): ChannelRow {
  return {
    channelId: row.channel_id,
    kind: row.kind,
    name: textOf(row.name),
    nameKey: row.name_key === null ? null : blobToText(row.name_key),
    topic: textOf(row.topic),
    createdBy: row.created_by,
    createdAtMs: row.created_at_ms,
    head: row.head,
    messageNumber: row.message_number,
    headPosition: {
      epoch: row.head_epoch,
      partition: row.head_partition,
      offset: row.head_offset,
    },
  }
}

function textOf(json: string | null): string | null {
  return json === null ? null : (JSON.parse(json) as string | null)
}
