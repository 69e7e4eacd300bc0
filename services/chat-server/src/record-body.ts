import { messageIdOf, nameKeyFor, type RecordBody, timeOf } from '@rookery/domain'
import type {
  ClientFrameOf,
  SequencedFrame,
  SequencedFrameType,
  ServerFrameOf,
} from '@rookery/protocol'

/**
 * The record body of each request that makes one event. Only here a frame becomes a record, because
 * a repeated request is recognised by the hash of this body.
 */
const bodies: {
  [Type in SequencedFrameType]: (frame: ClientFrameOf<Type>, username: string) => RecordBody
} = {
  join_channel: (_frame, username) => ({ type: 'participant_joined', username }),
  leave_channel: (_frame, username) => ({ type: 'participant_left', username }),
  chat_message: (frame) => ({ ...textOf(frame), type: 'chat_message' }),
  edit_message: (frame) => ({ type: 'message_edited', targetSeq: frame.seq, ...textOf(frame) }),
  delete_message: ({ seq }) => ({ type: 'message_deleted', targetSeq: seq }),
  add_reaction: ({ seq, emoji }) => ({ type: 'reaction_added', targetSeq: seq, emoji }),
  remove_reaction: ({ seq, emoji }) => ({ type: 'reaction_removed', targetSeq: seq, emoji }),
  remove_participant: ({ username }) => ({ type: 'participant_left', username }),
  set_role: ({ username, role }) => ({ type: 'role_changed', username, role }),
  update_channel: ({ channelId, name, topic }) => {
    const nameKey = name === undefined ? null : nameKeyFor(channelId, name)
    return {
      type: 'channel_updated',
      ...(name === undefined ? {} : { name }),
      // Only of a public channel, which is found by its name.
      ...(nameKey === null ? {} : { nameKey }),
      ...(topic === undefined ? {} : { topic }),
    }
  },
}

export function recordBodyOf(frame: SequencedFrame, username: string): RecordBody {
  const bodyOf = bodies[frame.type] as (frame: SequencedFrame, username: string) => RecordBody
  return bodyOf(frame, username)
}

/** The answer to a `chat_message` that is stored. */
export function messageAck(
  { channelId, clientSeq, requestId }: ClientFrameOf<'chat_message'>,
  { seq, sentAtMs }: { seq: number; sentAtMs: number },
): ServerFrameOf<'message_ack'> {
  return {
    type: 'message_ack',
    channelId,
    ...(clientSeq === undefined ? {} : { clientSeq }),
    seq,
    messageId: messageIdOf(channelId, seq),
    sentAt: timeOf(sentAtMs),
    ...(requestId === undefined ? {} : { requestId }),
  }
}

function textOf({
  content,
  metadata,
}: {
  content: string
  metadata?: Record<string, unknown> | undefined
}): { content: string; metadata?: Record<string, unknown> } {
  return metadata === undefined ? { content } : { content, metadata }
}
