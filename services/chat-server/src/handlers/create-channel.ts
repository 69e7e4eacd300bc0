import {
  bodyHash,
  directChannelId,
  groupChannelId,
  notesKey,
  publicChannelId,
  publicNameKey,
  type ChannelCreated,
  type EventRow,
} from '@rookery/domain'
import type { ClientFrameOf } from '@rookery/protocol'
import { answerJoined } from '../channels/answer-joined.ts'
import { creationFrame } from '../channels/created-event.ts'
import { findPublicChannel } from '../channels/public-channel.ts'
import type { ChatContext } from '../context.ts'
import { noSuchChannel, RequestError } from '../request-error.ts'
import type { Connection } from '../sockets/connection.ts'
import { OutFrame, withRequestId } from '../sockets/out-frame.ts'
import { refusalOf } from '../submit-event.ts'
import { requireRoomForOne, requireUnmuted } from '../users/access.ts'
import { requireUsers } from '../users/known-users.ts'
import type { Handler } from './handler.ts'

type Frame = ClientFrameOf<'create_channel'>

export const createChannel: Handler<'create_channel'> = async (ctx, connection, frame) => {
  const { username } = connection.user
  if (frame.name !== undefined) await requireUnmuted(ctx, connection)
  const others = [...new Set(frame.participants)].filter((name) => name !== username)
  const body = bodyOf(username, others, frame)
  const number = connection.stamp()
  const channelId = channelIdOf(username, body, number)
  await requireUsers(ctx, others)
  if ((await ctx.store.channel(channelId)) !== null) {
    await answerExisting(ctx, connection, frame, channelId, body)
    return
  }
  if (body.kind === 'public') await requireFreeName(ctx, body.name ?? '')
  await requireRoomForOne(ctx, connection)
  const submission = { channelId, user: username, body, ...number }
  ctx.submitter.submit(submission, (outcome) => {
    if (outcome.kind === 'accepted' && outcome.event !== null) {
      connection.answer(new OutFrame(withRequestId(outcome.event.frame, frame.requestId), false))
      return connection
    }
    const answer =
      outcome.kind === 'accepted'
        ? answerCreated(ctx, connection, frame, channelId)
        : outcome.kind === 'exists'
          ? answerExisting(ctx, connection, frame, channelId, body)
          : Promise.reject(refusalOf(outcome, channelId))
    answer.catch((error: unknown) => connection.refuse(error, frame))
    return undefined
  })
}

/** Names that look the same count as one name, even if an older rule allowed both of them. */
async function requireFreeName(ctx: ChatContext, name: string): Promise<void> {
  const taken = await findPublicChannel(ctx.store, name)
  if (taken !== null) throw nameTaken(taken.channelId)
}

function nameTaken(channelId: string): RequestError {
  const message = 'a public channel has this name, or one that looks like it: choose another'
  return new RequestError('name_taken', message, { channelId })
}

/** The channel exists: another user made it, or an earlier try of this request. */
async function answerExisting(
  ctx: ChatContext,
  connection: Connection,
  frame: Frame,
  channelId: string,
  body: ChannelCreated,
): Promise<void> {
  const { user } = connection
  const { requestId } = frame
  if (body.kind === 'direct') {
    await ctx.hubs.get(channelId)?.confirm()
    await answerJoined(ctx, connection, channelId, { requestId })
    return
  }
  if (body.kind === 'public') throw nameTaken(channelId)
  const first = await firstEvent(ctx, channelId)
  if ((await ctx.store.member(channelId, user.username))?.present !== true)
    throw noSuchChannel(channelId)
  if (bodyHash(first.body as ChannelCreated) !== bodyHash(body))
    throw new RequestError('conflict', 'this clientKey made another group, choose a new one', {
      channelId,
    })
  await answerCreated(ctx, connection, frame, channelId)
}

/** The user created the channel. Its event was shown before, or was not pushed to this server. */
async function answerCreated(
  ctx: ChatContext,
  connection: Connection,
  { requestId }: Frame,
  channelId: string,
): Promise<void> {
  await ctx.users.admit(connection.user, channelId, null)
  const created = JSON.stringify(await creationFrame(ctx, await firstEvent(ctx, channelId)))
  connection.answer(new OutFrame(withRequestId(created, requestId), false))
}

async function firstEvent(ctx: ChatContext, channelId: string): Promise<EventRow> {
  const [first] = await ctx.store.events(channelId, { after: 0, limit: 1 })
  if (first?.body.type !== 'channel_created') throw noSuchChannel(channelId)
  return first
}

function bodyOf(username: string, others: readonly string[], frame: Frame): ChannelCreated {
  const { name } = frame
  if (isNotes(username, frame)) {
    const members = [{ username, role: 'owner' as const }]
    return { type: 'channel_created', kind: 'group', name: null, clientKey: notesKey, members }
  }
  const { clientKey } = frame
  const kind = frame.kind ?? (others.length === 1 && name === undefined ? 'direct' : 'group')
  const members: ChannelCreated['members'] = [
    { username, role: 'owner' },
    ...others.map((other) => ({ username: other, role: 'member' as const })),
  ]
  switch (kind) {
    case 'direct': {
      if (others.length !== 1 || name !== undefined)
        throw new RequestError('invalid_input', 'a direct channel has one participant and no name')
      // The body is the same, whichever of the two users opens the channel.
      const both = members
        .map((member) => ({ username: member.username, role: 'member' as const }))
        .sort((a, b) => (a.username < b.username ? -1 : 1))
      return { type: 'channel_created', kind, name: null, members: both }
    }
    case 'public': {
      const nameKey = publicNameKey(name ?? '')
      if (name === undefined || nameKey === '')
        throw new RequestError('invalid_input', 'name: a public channel needs one')
      return { type: 'channel_created', kind, name, nameKey, members }
    }
    case 'group':
      return {
        type: 'channel_created',
        kind,
        name: name ?? null,
        ...(clientKey === undefined ? {} : { clientKey }),
        members,
      }
  }
}

/** Notes are a chat with oneself: one channel per user, however often it is opened. */
function isNotes(username: string, { participants = [], name, kind }: Frame): boolean {
  return (
    participants.length > 0 &&
    participants.every((one) => one === username) &&
    name === undefined &&
    (kind ?? 'direct') === 'direct'
  )
}

function channelIdOf(
  username: string,
  body: ChannelCreated,
  number: { session: string; clientSeq: number },
): string {
  switch (body.kind) {
    case 'direct':
      return directChannelId(body.members[0]?.username ?? '', body.members[1]?.username ?? '')
    case 'public':
      return publicChannelId(body.nameKey ?? '')
    case 'group':
      return groupChannelId(
        username,
        body.clientKey === undefined ? number : { clientKey: body.clientKey },
      )
  }
}
