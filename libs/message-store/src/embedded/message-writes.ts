import { versionOf } from '@rookery/domain'
import type { Statements } from '@rookery/sqlite'
import type { DeletionWrite, ReactionWrite, TextWrite } from '../message-store.ts'

/** Writes a message's first text or an edit. These and the deletion may come in any order. */
export function writeText(statements: Statements, write: TextWrite): void {
  const { channelId, seq, text, edit, sent } = write
  const version = versionOf(write.position)
  const stored = text === null ? null : JSON.stringify(text)
  if (sent !== undefined) {
    statements.run(
      `INSERT INTO messages (channel_id, seq, text_version, text, sent_version, message_number, user,
         sent_at_ms, session, client_seq)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET
         text = iif(deleted_version > 0, NULL, iif(excluded.text_version > text_version, excluded.text, text)),
         text_version = max(excluded.text_version, text_version),
         sent_version = excluded.sent_version,
         message_number = excluded.message_number,
         user = excluded.user,
         sent_at_ms = excluded.sent_at_ms,
         session = excluded.session,
         client_seq = excluded.client_seq
       WHERE excluded.sent_version > sent_version`,
      channelId,
      seq,
      version,
      stored,
      version,
      sent.messageNumber,
      sent.user,
      sent.sentAtMs,
      sent.session,
      sent.clientSeq,
    )
    return
  }
  statements.run(
    `INSERT INTO messages (channel_id, seq, text_version, text, edited_at_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET
       text = iif(deleted_version > 0, NULL, excluded.text),
       edited_at_ms = excluded.edited_at_ms,
       text_version = excluded.text_version
     WHERE excluded.text_version > text_version`,
    channelId,
    seq,
    version,
    stored,
    edit?.editedAtMs ?? null,
  )
  if (edit !== null) {
    statements.run(
      'INSERT INTO message_edits (channel_id, seq, edit_seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      channelId,
      seq,
      edit.seq,
    )
  }
}

export function writeDeletion(statements: Statements, write: DeletionWrite): void {
  const { epoch, partition, offset } = write.position
  statements.run(
    `INSERT INTO messages (channel_id, seq, deleted_version, deleted_at_ms, deleted_epoch, deleted_partition,
       deleted_offset)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET
       text = NULL,
       deleted_version = excluded.deleted_version,
       deleted_at_ms = excluded.deleted_at_ms,
       deleted_epoch = excluded.deleted_epoch,
       deleted_partition = excluded.deleted_partition,
       deleted_offset = excluded.deleted_offset
     WHERE excluded.deleted_version > deleted_version`,
    write.channelId,
    write.seq,
    versionOf(write.position),
    write.deletedAtMs,
    epoch,
    partition,
    offset,
  )
}

export function writeReaction(statements: Statements, write: ReactionWrite): void {
  statements.run(
    `INSERT INTO reactions (channel_id, seq, emoji, username, version, present) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET version = excluded.version, present = excluded.present
     WHERE excluded.version > version`,
    write.channelId,
    write.seq,
    JSON.stringify(write.emoji),
    write.username,
    versionOf(write.position),
    Number(write.present),
  )
}
