import { bounds } from '@rookery/protocol'
import { noSuchChannel } from '../request-error.ts'
import type { Connection } from '../sockets/connection.ts'
import { type AccessDeps, notLetIn } from '../users/access.ts'
import type { JoinRequest } from '../users/local-user.ts'
import { joinedFrames, type JoinedViewDeps, readJoined } from './joined-view.ts'

export interface AnswerJoinedDeps extends JoinedViewDeps, AccessDeps {
  store: JoinedViewDeps['store'] & AccessDeps['store']
}

export interface JoinOptions {
  requestId: string | undefined
  limit?: number | undefined
  afterSeq?: number | undefined
}

/**
 * Answers a request with `channel_joined`. A member who is not in the channel yet is let in first.
 */
export async function answerJoined(
  deps: AnswerJoinedDeps,
  connection: Connection,
  channelId: string,
  { requestId, limit = bounds.joinMessagesDefault, afterSeq }: JoinOptions,
): Promise<void> {
  const { user } = connection
  const request: JoinRequest = { connection, requestId, limit, afterSeq }
  const requests = user.joinRequests.get(channelId)
  if (requests === undefined) user.joinRequests.set(channelId, [request])
  else requests.push(request)
  try {
    if (!user.channels.has(channelId)) await deps.users.admit(user, channelId, null)
  } finally {
    // `admit` has answered it, unless the user was in the channel already or is no member.
    const answered = !takeRequest(connection, channelId, request)
    if (!answered) await answerMember(deps, connection, channelId, request)
  }
}

function takeRequest({ user }: Connection, channelId: string, request: JoinRequest): boolean {
  const requests = user.joinRequests.get(channelId)
  const index = requests?.indexOf(request) ?? -1
  if (requests === undefined || index < 0) return false
  requests.splice(index, 1)
  if (requests.length === 0) user.joinRequests.delete(channelId)
  return true
}

async function answerMember(
  deps: AnswerJoinedDeps,
  connection: Connection,
  channelId: string,
  request: JoinRequest,
): Promise<void> {
  const { user } = connection
  const hub = user.channels.get(channelId)
  if (hub === undefined) throw await notLetIn(deps, user.username, channelId)
  const recording = hub.record()
  try {
    const view = await readJoined(deps, user, recording, channelId, request.limit)
    if (!user.channels.has(channelId)) throw noSuchChannel(channelId)
    // The socket is live already, so events that came meanwhile were shown to it.
    const [frame] = joinedFrames(view, recording, [request], null)
    if (frame !== undefined) connection.answer(frame)
  } finally {
    hub.stopRecording(recording)
  }
}
