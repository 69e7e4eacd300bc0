import { versionOf } from '@rookery/domain'
import type { DeletionWrite, ReactionWrite, TextWrite } from '../message-store.ts'
import { bucketOf, long, statement, type StoreContext } from './context.ts'
import type { Param, Statement } from './statement.ts'
import { textToCell } from './text-cell.ts'

const ofMessage = 'WHERE channel_id = ? AND bucket = ? AND seq = ?'

export function textStatement(context: StoreContext, write: TextWrite): Statement {
  const { channelId, text, edit, sent } = write
  const columns = ['content']
  const values: Param[] = [textToCell(text)]
  if (sent !== undefined) {
    columns.push('message_number', 'username', 'sent_at_ms', 'session', 'client_seq')
    values.push(
      long(sent.messageNumber),
      sent.user,
      long(sent.sentAtMs),
      sent.session,
      long(sent.clientSeq),
    )
  }
  if (edit !== null) {
    columns.push('edited_at_ms')
    values.push(long(edit.editedAtMs), [long(edit.seq)])
  }
  const assignments = columns.map((column) => `${column} = ?`)
  if (edit !== null) assignments.push('edit_seqs = edit_seqs + ?')
  return statement(
    `UPDATE messages USING TIMESTAMP ? SET ${assignments.join(', ')} ${ofMessage}`,
    versionOf(write.position),
    ...values,
    channelId,
    bucketOf(context, write.seq),
    long(write.seq),
  )
}

/**
 * Also blanks the text. An edit of a higher version may still write a text, so readers show no text
 * of a deleted message in any case.
 */
export function deletionStatement(context: StoreContext, write: DeletionWrite): Statement {
  const { epoch, partition, offset } = write.position
  return statement(
    `UPDATE messages USING TIMESTAMP ?
     SET content = ?, deleted_at_ms = ?, deleted_epoch = ?, deleted_partition = ?, deleted_offset = ? ${ofMessage}`,
    versionOf(write.position),
    textToCell(null),
    long(write.deletedAtMs),
    epoch,
    partition,
    long(offset),
    write.channelId,
    bucketOf(context, write.seq),
    long(write.seq),
  )
}

export function reactionStatement(context: StoreContext, write: ReactionWrite): Statement {
  return statement(
    `UPDATE messages USING TIMESTAMP ? SET reactions[?] = ? ${ofMessage}`,
    versionOf(write.position),
    JSON.stringify([write.emoji, write.username]),
    write.present,
    write.channelId,
    bucketOf(context, write.seq),
    long(write.seq),
  )
}
