import type { Role } from '@rookery/domain'
import type { ChannelReader, MemberRow } from '../message-store.ts'
import type { StoreContext } from './context.ts'
import type { MemberCounts } from './member-counts.ts'

interface Columns {
  channel_id: string
  username: string
  /** Null if only a role has been stored. */
  present: boolean | null
  present_epoch: number
  present_partition: number
  present_offset: bigint
  role: Role | null
}

const columns =
  'channel_id, username, present, present_epoch, present_partition, present_offset, role'

export function memberReader(
  { cassandra }: StoreContext,
  counts: MemberCounts,
): Pick<ChannelReader, 'member' | 'members' | 'memberCount' | 'memberCounts' | 'channelsOf'> {
  return {
    memberCounts: (channelIds) => counts.of(channelIds),
    memberCount: async (channelId) => (await counts.of([channelId])).get(channelId) ?? 0,

    member: async (channelId, username) => {
      const row = await cassandra.first<Columns>(
        `SELECT ${columns} FROM members WHERE channel_id = ? AND username = ?`,
        channelId,
        username,
      )
      return row === undefined || row.present === null ? null : toMember(row)
    },

    // The filter only skips users who have left, within one Cassandra partition.
    members: async (channelId, { after = '', limit }) => {
      const rows = await cassandra.all<Columns>(
        `SELECT ${columns} FROM members
         WHERE channel_id = ? AND username > ? AND present = true LIMIT ? ALLOW FILTERING`,
        channelId,
        after,
        limit,
      )
      return rows.map(toMember)
    },

    channelsOf: async (username, { after = '', limit }) => {
      const rows = await cassandra.all<Columns>(
        `SELECT ${columns} FROM memberships
         WHERE username = ? AND channel_id > ? AND present = true LIMIT ? ALLOW FILTERING`,
        username,
        after,
        limit,
      )
      return rows.map(toMember)
    },
  }
}

function toMember(row: Columns): MemberRow {
  return {
    channelId: row.channel_id,
    username: row.username,
    present: row.present === true,
    // A user who joined has no stored role until one is given.
    role: row.role ?? 'member',
    presentPosition: {
      epoch: row.present_epoch,
      partition: row.present_partition,
      offset: Number(row.present_offset),
    },
  }
}
