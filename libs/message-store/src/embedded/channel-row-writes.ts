import { versionOf } from '@rookery/domain'
import { type Statements, textToBlob } from '@rookery/sqlite'
import type { ChannelWrite, HeadWrite, MemberWrite } from '../message-store.ts'

export function writeHead(statements: Statements, write: HeadWrite): void {
  const { epoch, partition, offset } = write.position
  statements.run(
    `INSERT INTO channels (channel_id, head, message_number, head_epoch, head_partition, head_offset)
     VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET
       head = excluded.head,
       message_number = excluded.message_number,
       head_epoch = excluded.head_epoch,
       head_partition = excluded.head_partition,
       head_offset = excluded.head_offset
     WHERE excluded.head > head`,
    write.channelId,
    write.seq,
    write.messageNumber,
    epoch,
    partition,
    offset,
  )
}

export function writeChannel(statements: Statements, write: ChannelWrite): void {
  const { channelId, created, name, topic, indexKeys = [] } = write
  const version = versionOf(write.position)
  if (created !== undefined) {
    statements.run(
      `INSERT INTO channels (channel_id, created_version, kind, created_by, created_at_ms, name_key)
       VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET
         created_version = excluded.created_version,
         kind = excluded.kind,
         created_by = excluded.created_by,
         created_at_ms = excluded.created_at_ms,
         name_key = excluded.name_key
       WHERE excluded.created_version > created_version`,
      channelId,
      version,
      created.kind,
      created.createdBy,
      created.createdAtMs,
      created.nameKey === null ? null : textToBlob(created.nameKey),
    )
  }
  if (name !== undefined) {
    statements.run(
      `INSERT INTO channels (channel_id, name_version, name) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET name_version = excluded.name_version, name = excluded.name
       WHERE excluded.name_version > name_version`,
      channelId,
      version,
      JSON.stringify(name),
    )
  }
  if (topic !== undefined) {
    statements.run(
      `INSERT INTO channels (channel_id, topic_version, topic) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET topic_version = excluded.topic_version, topic = excluded.topic
       WHERE excluded.topic_version > topic_version`,
      channelId,
      version,
      JSON.stringify(topic),
    )
  }
  enterPublicName(statements, channelId, indexKeys)
}

export function enterPublicName(
  statements: Statements,
  channelId: string,
  keys: readonly string[],
): void {
  for (const key of keys)
    statements.run(
      'INSERT INTO public_names (key, channel_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
      textToBlob(key),
      channelId,
    )
}

export function writeMember(statements: Statements, write: MemberWrite): void {
  const { channelId, username, present, role, position } = write
  const version = versionOf(position)
  if (present !== undefined) {
    statements.run(
      `INSERT INTO members (channel_id, username, present_version, present, present_epoch, present_partition,
         present_offset)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET
         present_version = excluded.present_version,
         present = excluded.present,
         present_epoch = excluded.present_epoch,
         present_partition = excluded.present_partition,
         present_offset = excluded.present_offset
       WHERE excluded.present_version > present_version`,
      channelId,
      username,
      version,
      Number(present),
      position.epoch,
      position.partition,
      position.offset,
    )
  }
  if (role !== undefined) {
    statements.run(
      `INSERT INTO members (channel_id, username, role_version, role) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET role_version = excluded.role_version, role = excluded.role
       WHERE excluded.role_version > role_version`,
      channelId,
      username,
      version,
      role,
    )
  }
}
