import { everyPublicName, indexKeys } from '@rookery/domain'
import type { ChannelReader, ChannelRow, ChannelWriter, PublicNameEntry } from '../message-store.ts'
import { publicNameStatements } from './channel-statements.ts'
import type { StoreContext } from './context.ts'
import { shards } from './public-shards.ts'
import type { Param } from './statement.ts'

interface Entry {
  key: Buffer
  channel_id: string
}

const channelsPerPage = 500

/** The index of public names. Each shard holds the entries of its channels, ordered by key. */
export function publicNames(
  { cassandra }: StoreContext,
  channels: ChannelReader['channels'],
): Pick<ChannelReader, 'publicNames'> & Pick<ChannelWriter, 'enterPublicNames'> {
  /** The next entries of these shards, in order, at most `limit`. */
  const entries = async (
    ofShards: readonly number[],
    { condition, params }: Range,
    limit: number,
  ): Promise<Entry[]> => {
    const pages = await Promise.all(
      ofShards.map((shard) =>
        cassandra.all<Entry>(
          `SELECT key, channel_id FROM public_names WHERE shard = ? ${condition} LIMIT ?`,
          shard,
          ...params,
          limit,
        ),
      ),
    )
    return pages.flat().sort(inOrder).slice(0, limit)
  }

  const enter = async (rows: Iterable<ChannelRow>): Promise<void> => {
    for (const { channelId, name, headPosition } of rows)
      if (name !== null)
        await cassandra.write(
          publicNameStatements({ channelId, position: headPosition }, indexKeys(name)),
        )
  }

  const channelsOf = (shard: number, after: PublicNameEntry | null): Promise<Entry[]> => {
    const from = after === null ? '' : 'AND (name_key, channel_id) > (?, ?)'
    const params = after === null ? [] : [Buffer.from(after.key), after.channelId]
    return cassandra.all<Entry>(
      `SELECT name_key AS key, channel_id FROM public_channels WHERE shard = ? ${from} LIMIT ?`,
      shard,
      ...params,
      channelsPerPage,
    )
  }

  return {
    publicNames: async ({ prefix, after, limit }) => {
      const found: { entry: PublicNameEntry; channel: ChannelRow }[] = []
      let last = after ?? null
      while (found.length < limit) {
        // Some entries may be of channels that do not exist yet.
        const missing = limit - found.length
        const page = await entries(shards, rangeOf(prefix, last), missing)
        const rows = await channels([...new Set(page.map((entry) => entry.channel_id))])
        for (const each of page) {
          const entry = { key: each.key.toString(), channelId: each.channel_id }
          const channel = rows.get(entry.channelId)
          if (channel !== undefined) found.push({ entry, channel })
          last = entry
        }
        if (page.length < missing) break
      }
      return found
    },

    enterPublicNames: async () => {
      for (const shard of shards) {
        const entered = await enteredIn(shard)
        let last: PublicNameEntry | null = null
        for (;;) {
          const page: Entry[] = await channelsOf(shard, last)
          const missing = page.map((each) => each.channel_id).filter((id) => !entered.has(id))
          await enter((await channels(missing)).values())
          const end = page.at(-1)
          if (end === undefined || page.length < channelsPerPage) break
          last = { key: end.key.toString(), channelId: end.channel_id }
        }
      }
    },
  }

  /** The channels of a shard that have entries in the index of names. */
  async function enteredIn(shard: number): Promise<Set<string>> {
    const ids = new Set<string>()
    let last: PublicNameEntry | null = null
    for (;;) {
      const page: Entry[] = await entries([shard], rangeOf(everyPublicName, last), channelsPerPage)
      for (const each of page) ids.add(each.channel_id)
      const end = page.at(-1)
      if (end === undefined || page.length < channelsPerPage) return ids
      last = { key: end.key.toString(), channelId: end.channel_id }
    }
  }
}

interface Range {
  condition: string
  params: Param[]
}

/** The range of keys that begin with the prefix and come after an entry. */
function rangeOf(prefix: string, after: PublicNameEntry | null): Range {
  const from = Buffer.from(prefix)
  // UTF-8 has no byte 0xFF, so the last byte can be raised by one.
  const end = Buffer.concat([from.subarray(0, -1), Buffer.of((from.at(-1) ?? 0) + 1)])
  return after === null
    ? { condition: 'AND key >= ? AND key < ?', params: [from, end] }
    : {
        condition: 'AND (key, channel_id) > (?, ?) AND (key) < (?)',
        params: [Buffer.from(after.key), after.channelId, end],
      }
}

function inOrder(a: Entry, b: Entry): number {
  return Buffer.compare(a.key, b.key) || (a.channel_id < b.channel_id ? -1 : 1)
}
