import type { ClientFrame, ClientFrameType } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import { answerRepeat } from '../answer-repeat.ts'
import type { ChatContext } from '../context.ts'
import { type RequestError, toRequestError } from '../request-error.ts'
import type { Connection } from '../sockets/connection.ts'
import { FencedError } from '../sockets/send-fences.ts'
import { addParticipants } from './add-participants.ts'
import { authenticate, renew } from './authenticate.ts'
import { chatMessage } from './chat-message.ts'
import { createChannel } from './create-channel.ts'
import { deleteMessage } from './delete-message.ts'
import { editMessage } from './edit-message.ts'
import type { Handler } from './handler.ts'
import { heartbeat } from './heartbeat.ts'
import { joinChannel } from './join-channel.ts'
import { leaveChannel } from './leave-channel.ts'
import { markChannelRead } from './mark-channel-read.ts'
import { addReaction, removeReaction } from './reactions.ts'
import { removeParticipant } from './remove-participant.ts'
import { setRole } from './set-role.ts'
import { statusUpdate } from './status-update.ts'
import { subscribe, unsubscribe } from './subscribe.ts'
import { sync } from './sync.ts'
import { typing } from './typing.ts'
import { updateChannel } from './update-channel.ts'

const handlers: { [Type in ClientFrameType]: Handler<Type> } = {
  authenticate: renew,
  create_channel: createChannel,
  join_channel: joinChannel,
  leave_channel: leaveChannel,
  chat_message: chatMessage,
  edit_message: editMessage,
  delete_message: deleteMessage,
  add_reaction: addReaction,
  remove_reaction: removeReaction,
  add_participants: addParticipants,
  remove_participant: removeParticipant,
  set_role: setRole,
  update_channel: updateChannel,
  mark_channel_read: markChannelRead,
  sync,
  status_update: statusUpdate,
  subscribe,
  unsubscribe,
  typing,
  heartbeat,
}

/** Handles a frame of any type: checks its order and its rate, runs its handler, or refuses it. */
export async function dispatch(
  ctx: ChatContext,
  connection: Connection,
  frame: ClientFrame,
): Promise<void> {
  if (connection.identity === null) {
    if (frame.type === 'authenticate') await authenticate(ctx, connection, frame)
    else connection.failUnauthenticated(frame.requestId)
    return
  }
  const channelId = 'channelId' in frame ? frame.channelId : undefined
  const clientSeq = 'clientSeq' in frame ? frame.clientSeq : undefined
  const now = steadyNow()
  try {
    if (channelId !== undefined && clientSeq !== undefined)
      connection.fences.check(channelId, clientSeq, now)
    limitRate(connection, frame, now)
    const handler = handlers[frame.type] as Handler<typeof frame.type>
    await handler(ctx, connection, frame as never)
  } catch (cause) {
    if (connection.closed) return
    const error = await refusalFor(ctx, connection, frame, toRequestError(cause))
    if (error === null || connection.closed) return
    if (channelId !== undefined && clientSeq !== undefined && !(error instanceof FencedError))
      connection.fences.refused(channelId, clientSeq, error, now)
    connection.refuse(error, frame)
  }
}

/** Null: the request was accepted when it was sent first, and has been answered as it was then. */
async function refusalFor(
  ctx: ChatContext,
  connection: Connection,
  frame: ClientFrame,
  error: RequestError,
): Promise<RequestError | null> {
  if (!['not_found', 'forbidden', 'conflict'].includes(error.code)) return error
  try {
    return (await answerRepeat(ctx, connection, frame)) ? null : error
  } catch (cause) {
    return toRequestError(cause)
  }
}

function limitRate(connection: Connection, frame: ClientFrame, now: number): void {
  if (frame.type === 'heartbeat') {
    connection.heardControl()
    return
  }
  connection.limit(frame.type === 'chat_message' ? connection.user.sends : connection.requests, now)
}
