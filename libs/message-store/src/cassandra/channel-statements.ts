import { versionOf } from '@rookery/domain'
import type { ChannelWrite, HeadWrite, MemberWrite, TextWrite } from '../message-store.ts'
import { long, statement } from './context.ts'
import { shardOf } from './public-shards.ts'
import type { Statement } from './statement.ts'

const ofChannel = 'WHERE channel_id = ?'

/**
 * Log positions rise with seq, so the highest version is the highest head. `isMessage`: the head is
 * also the last message.
 */
export function headStatement(write: HeadWrite, isMessage: boolean): Statement {
  const { epoch, partition, offset } = write.position
  const seq = long(write.seq)
  return statement(
    `UPDATE channels USING TIMESTAMP ?
     SET head = ?, message_number = ?, head_epoch = ?, head_partition = ?, head_offset = ?${
       isMessage ? ', last_message_seq = ?' : ''
     } ${ofChannel}`,
    versionOf(write.position),
    seq,
    long(write.messageNumber),
    epoch,
    partition,
    long(offset),
    ...(isMessage ? [seq] : []),
    write.channelId,
  )
}

/** Writes the seq at which readers begin to search for the newest message. */
export function lastMessageStatement({ channelId, seq, position }: TextWrite): Statement {
  return statement(
    `UPDATE channels USING TIMESTAMP ? SET last_message_seq = ? ${ofChannel}`,
    versionOf(position),
    long(seq),
    channelId,
  )
}

/** Statements for the Cassandra partition of the channel. */
export function channelStatements(write: ChannelWrite): Statement[] {
  const { channelId, created, name, topic } = write
  const version = versionOf(write.position)
  const statements: Statement[] = []
  if (created !== undefined) {
    statements.push(
      statement(
        `UPDATE channels USING TIMESTAMP ? SET kind = ?, created_by = ?, created_at_ms = ? ${ofChannel}`,
        version,
        created.kind,
        created.createdBy,
        long(created.createdAtMs),
        channelId,
      ),
    )
    if (created.nameKey !== null) {
      statements.push(
        statement(
          `UPDATE channels USING TIMESTAMP ? SET name_key = ? ${ofChannel}`,
          version,
          created.nameKey,
          channelId,
        ),
      )
    }
  }
  if (name !== undefined) {
    statements.push(
      statement(
        `UPDATE channels USING TIMESTAMP ? SET name = ? ${ofChannel}`,
        version,
        JSON.stringify(name),
        channelId,
      ),
    )
  }
  if (topic !== undefined) {
    statements.push(
      statement(
        `UPDATE channels USING TIMESTAMP ? SET topic = ? ${ofChannel}`,
        version,
        JSON.stringify(topic),
        channelId,
      ),
    )
  }
  return statements
}

/** A statement for the Cassandra partition of the channel's shard. */
export function publicChannelStatement(
  { channelId, position }: ChannelWrite,
  nameKey: string,
): Statement {
  return statement(
    'INSERT INTO public_channels (shard, name_key, channel_id) VALUES (?, ?, ?) USING TIMESTAMP ?',
    shardOf(channelId),
    Buffer.from(nameKey),
    channelId,
    versionOf(position),
  )
}

/** Statements for the Cassandra partition of the channel's shard. */
export function publicNameStatements(
  { channelId, position }: Pick<ChannelWrite, 'channelId' | 'position'>,
  keys: readonly string[],
): Statement[] {
  return keys.map((key) =>
    statement(
      'INSERT INTO public_names (shard, key, channel_id) VALUES (?, ?, ?) USING TIMESTAMP ?',
      shardOf(channelId),
      Buffer.from(key),
      channelId,
      versionOf(position),
    ),
  )
}

/** A row is stored in both tables: among a channel's members, and among a user's channels. */
export function memberStatements(
  table: 'members' | 'memberships',
  write: MemberWrite,
): Statement[] {
  const { channelId, username, present, role, position } = write
  const { epoch, partition, offset } = position
  const version = versionOf(position)
  const statements: Statement[] = []
  if (present !== undefined) {
    statements.push(
      statement(
        `UPDATE ${table} USING TIMESTAMP ?
         SET present = ?, present_epoch = ?, present_partition = ?, present_offset = ?
         WHERE channel_id = ? AND username = ?`,
        version,
        present,
        epoch,
        partition,
        long(offset),
        channelId,
        username,
      ),
    )
  }
  if (role !== undefined) {
    statements.push(
      statement(
        `UPDATE ${table} USING TIMESTAMP ? SET role = ? WHERE channel_id = ? AND username = ?`,
        version,
        role,
        channelId,
        username,
      ),
    )
  }
  return statements
}
