import type { Role } from '@rookery/domain'
import type { ChannelReader, MemberRow } from '../message-store.ts'
import type { StoreFile } from './store-file.ts'

interface Columns {
  channel_id: string
  username: string
  present: 0 | 1
  role: Role | null
  present_epoch: number
  present_partition: number
  present_offset: number
}

const select = `SELECT channel_id, username, present, role, present_epoch, present_partition, present_offset
  FROM members`

export function memberReader(
  file: StoreFile,
): Pick<ChannelReader, 'member' | 'members' | 'memberCount' | 'memberCounts' | 'channelsOf'> {
  const memberCounts: ChannelReader['memberCounts'] = (channelIds) =>
    file.read((statements) => {
      const rows = statements.all<{ channel_id: string; members: number }>(
        `SELECT channel_id, members FROM member_counts
         WHERE channel_id IN (SELECT value FROM json_each(?))`,
        JSON.stringify(channelIds),
      )
      const found = new Map(rows.map((row) => [row.channel_id, row.members]))
      return new Map(channelIds.map((channelId) => [channelId, found.get(channelId) ?? 0]))
    })

  return {
    memberCounts,
    memberCount: async (channelId) => (await memberCounts([channelId])).get(channelId) ?? 0,

    member: (channelId, username) =>
      file.read((statements) => {
        const row = statements.get<Columns>(
          `${select} WHERE channel_id = ? AND username = ? AND present_version > 0`,
          channelId,
          username,
        )
        return row === undefined ? null : toMember(row)
      }),

    members: (channelId, { after = '', limit }) =>
      file.read((statements) =>
        statements
          .all<Columns>(
            `${select} INDEXED BY members_present
             WHERE channel_id = ? AND username > ? AND present = 1 ORDER BY username LIMIT ?`,
            channelId,
            after,
            limit,
          )
          .map(toMember),
      ),

    channelsOf: (username, { after = '', limit }) =>
      file.read((statements) =>
        statements
          .all<Columns>(
            `${select} INDEXED BY memberships_present
             WHERE username = ? AND channel_id > ? AND present = 1 ORDER BY channel_id LIMIT ?`,
            username,
            after,
            limit,
          )
          .map(toMember),
      ),
  }
}

function toMember(row: Columns): MemberRow {
  return {
    channelId: row.channel_id,
    username: row.username,
    present: row.present === 1,
    // A user who joined has no stored role until one is given.
    role: row.role ?? 'member',
    presentPosition: {
      epoch: row.present_epoch,
      partition: row.present_partition,
      offset: row.present_offset,
    },
  }
}
