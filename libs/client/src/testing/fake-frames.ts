import { foldChannelName } from '@rookery/protocol'
import type { ClientFrame, EventFrame, ServerFrame } from '@rookery/protocol'
import { Refused } from './fake-chat.ts'
import type { FakeChannel, FakeChat } from './fake-chat.ts'

/** The part of a socket that the handling of frames needs. */
export interface FramePeer {
  readonly username: string
  readonly session: string
  send(frame: ServerFrame): void
  /** Sends a frame to every socket of these users. */
  toUsers(usernames: Iterable<string>, frame: ServerFrame): void
}

/** The given answers by (user, session, channel, clientSeq), so that a repeat gets the same one. */
export type Repeats = Map<string, { seq: number; body?: string; answer?: ServerFrame }>

/** Handles one frame of an authenticated client, as a server without failures does. */
export function answerFrame(
  frame: ClientFrame,
  peer: FramePeer,
  chat: FakeChat,
  repeats: Repeats,
): void {
  const echo = frame.requestId === undefined ? {} : { requestId: frame.requestId }
  try {
    const answer = repeated(frame, peer, repeats) ?? handle(frame, peer, chat, repeats)
    if (answer !== null) peer.send({ ...answer, ...echo } as ServerFrame)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const channelId = 'channelId' in frame ? frame.channelId : undefined
    const clientSeq = 'clientSeq' in frame ? frame.clientSeq : undefined
    peer.send({
      type: 'error',
      code: error.code,
      message: error.code,
      ...echo,
      ...(channelId !== undefined && { channelId }),
      ...(clientSeq !== undefined && { clientSeq }),
    })
  }
}

function keyOf(frame: ClientFrame, peer: FramePeer): string | null {
  if (!('clientSeq' in frame) || frame.clientSeq === undefined) return null
  return JSON.stringify([peer.username, peer.session, frame.channelId])
}

function repeated(frame: ClientFrame, peer: FramePeer, repeats: Repeats): ServerFrame | null {
  const key = keyOf(frame, peer)
  if (key === null || !('clientSeq' in frame)) return null
  const { clientSeq = 0 } = frame
  const highest = repeats.get(key)?.seq ?? 0
  if (clientSeq > highest) return null
  const known = repeats.get(`${key} ${clientSeq}`)
  if (known?.answer === undefined || known.body !== bodyOf(frame)) throw new Refused('superseded')
  return known.answer
}

function bodyOf(frame: ClientFrame): string {
  return JSON.stringify({ ...frame, requestId: null })
}

function handle(
  frame: ClientFrame,
  peer: FramePeer,
  chat: FakeChat,
  repeats: Repeats,
): ServerFrame | null {
  const self = peer.username
  const done = chat.done(self)
  const channelOf = (channelId: string): FakeChannel => {
    const channel = chat.channels.get(channelId)
    if (channel === undefined || !channel.members.has(self)) throw new Refused('not_found')
    return channel
  }
  const remember = (answer: ServerFrame): ServerFrame => {
    const key = keyOf(frame, peer)
    if (key !== null && 'clientSeq' in frame && frame.clientSeq !== undefined) {
      const { clientSeq: seq } = frame
      repeats.set(key, { seq })
      repeats.set(`${key} ${seq}`, { seq, answer, body: bodyOf(frame) })
    }
    return answer
  }
  const push = (channel: FakeChannel, event: EventFrame): EventFrame => {
    peer.toUsers(channel.members.keys(), event)
    return event
  }
  const stamp =
    'clientSeq' in frame && frame.clientSeq !== undefined
      ? { session: peer.session, clientSeq: frame.clientSeq }
      : {}
  const joined = (channel: FakeChannel, limit = 10): ServerFrame => ({
    type: 'channel_joined',
    channelId: channel.channelId,
    channel: chat.view(channel, self),
    participants: chat.participants(channel),
    messages: chat.messages(channel).slice(-limit),
    head: channel.events.length,
  })
  switch (frame.type) {
    case 'chat_message': {
      const channel = channelOf(frame.channelId)
      const event = push(channel, chat.say(channel, self, frame.content, stamp))
      if (event.type !== 'chat_message') return null
      const { channelId, seq, messageId, sentAt } = event
      const { clientSeq } = frame
      return remember({
        type: 'message_ack',
        channelId,
        seq,
        messageId,
        sentAt,
        ...(clientSeq !== undefined && { clientSeq }),
      })
    }
    case 'create_channel': {
      const members = [self, ...(frame.participants ?? [])]
      if (members.some((name) => !chat.users.has(name))) throw new Refused('not_found')
      const direct = frame.name === undefined && members.length === 2
      const channel = chat.open({
        kind: frame.kind ?? (direct ? 'direct' : 'group'),
        name: frame.name ?? null,
        members,
      })
      const [event] = channel.events
      return event === undefined ? null : push(channel, event)
    }
    case 'join_channel': {
      const channel = [...chat.channels.values()].find(({ channelId, name, kind }) =>
        frame.channelId === undefined
          ? kind === 'public' && foldChannelName(name ?? '') === foldChannelName(frame.name ?? '')
          : channelId === frame.channelId,
      )
      if (channel === undefined) throw new Refused('not_found')
      if (!channel.members.has(self)) {
        if (channel.kind !== 'public') throw new Refused('not_found')
        channel.members.set(self, 'member')
        push(channel, chat.append(channel, { type: 'participant_joined', username: self, ...done }))
      }
      return joined(channel, frame.limit)
    }
    case 'leave_channel': {
      const channel = channelOf(frame.channelId)
      const left = { type: 'participant_left', username: self, ...done, ...stamp } as const
      push(channel, chat.append(channel, left))
      channel.members.delete(self)
      return remember({ type: 'channel_left', channelId: frame.channelId, by: self })
    }
    case 'add_participants': {
      const channel = channelOf(frame.channelId)
      let last: EventFrame | null = null
      for (const username of frame.participants) {
        if (!chat.users.has(username)) throw new Refused('not_found')
        channel.members.set(username, 'member')
        last = push(
          channel,
          chat.append(channel, { type: 'participant_joined', username, ...done }),
        )
        peer.toUsers([username], { ...joined(channel), by: self } as ServerFrame)
      }
      return last
    }
    case 'remove_participant': {
      const channel = channelOf(frame.channelId)
      const { username } = frame
      const left = { type: 'participant_left', username, ...done, ...stamp } as const
      const event = push(channel, chat.append(channel, left))
      channel.members.delete(username)
      peer.toUsers([username], { type: 'channel_left', channelId: channel.channelId, by: self })
      return remember(event)
    }
    case 'edit_message':
    case 'delete_message':
    case 'add_reaction':
    case 'remove_reaction': {
      const channel = channelOf(frame.channelId)
      const target = chat.messages(channel).find(({ seq }) => seq === frame.seq)
      if (target === undefined) throw new Refused('not_found')
      const common = { targetSeq: frame.seq, ...done, ...stamp }
      const event =
        frame.type === 'edit_message'
          ? ({ type: 'message_edited', content: frame.content, ...common } as const)
          : frame.type === 'delete_message'
            ? ({ type: 'message_deleted', ...common } as const)
            : ({
                type: frame.type === 'add_reaction' ? 'reaction_added' : 'reaction_removed',
                emoji: frame.emoji,
                ...common,
              } as const)
      return remember(push(channel, chat.append(channel, event)))
    }
    case 'set_role': {
      const channel = channelOf(frame.channelId)
      const { username, role } = frame
      channel.members.set(username, role)
      const changed = { type: 'role_changed', username, role, ...done, ...stamp } as const
      return remember(push(channel, chat.append(channel, changed)))
    }
    case 'update_channel': {
      const channel = channelOf(frame.channelId)
      if (frame.name !== undefined) channel.name = frame.name
      if (frame.topic !== undefined) channel.topic = frame.topic
      const change = {
        ...(frame.name !== undefined && { name: frame.name }),
        ...(frame.topic !== undefined && { topic: frame.topic }),
      }
      const updated = { type: 'channel_updated', ...change, ...done, ...stamp } as const
      return remember(push(channel, chat.append(channel, updated)))
    }
    case 'mark_channel_read': {
      const channel = channelOf(frame.channelId)
      const lastReadSeq = Math.max(channel.marks.get(self) ?? 0, frame.seq ?? channel.events.length)
      channel.marks.set(self, lastReadSeq)
      return { type: 'channel_read', channelId: channel.channelId, userId: self, lastReadSeq }
    }
    case 'sync': {
      const channels = Object.entries(frame.channels).map(([channelId, last]) => {
        const channel = chat.channels.get(channelId)
        if (channel === undefined || !channel.members.has(self)) {
          return [channelId, { error: { code: 'not_found', message: 'not_found' } }] as const
        }
        const head = channel.events.length
        if (last > head) return [channelId, { reset: true, head }] as const
        const events = channel.events.slice(last, last + 200)
        return [channelId, { events, head, more: last + events.length < head }] as const
      })
      return {
        type: 'sync_result',
        epoch: chat.epoch,
        channels: Object.fromEntries(channels),
      }
    }
    case 'status_update': {
      const { status, text } = frame
      const presence = { userId: self, status, lastSeen: null, ...(text !== undefined && { text }) }
      return { type: 'presence_update', presence: [presence] }
    }
    case 'subscribe':
      return {
        type: 'presence_update',
        presence: frame.userIds.map((userId) => ({ userId, status: 'online', lastSeen: null })),
      }
    case 'typing': {
      const channel = channelOf(frame.channelId)
      const others = [...channel.members.keys()].filter((name) => name !== self)
      peer.toUsers(others, { type: 'typing', channelId: channel.channelId, userId: self })
      return null
    }
    case 'heartbeat':
      return { type: 'heartbeat_ack' }
    case 'unsubscribe':
    case 'authenticate':
      return { type: 'ok' }
  }
}
