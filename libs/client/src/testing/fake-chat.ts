import type { Channel, ChannelKind, ErrorCode, EventFrame, Message, Role } from '@rookery/protocol'

type Unnumbered = EventFrame extends infer Frame
  ? Frame extends unknown
    ? Omit<Frame, 'channelId' | 'seq'>
    : never
  : never

/** Ends a request with this code. */
export class Refused extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode) {
    super(code)
    this.code = code
  }
}

export interface FakeChannel {
  channelId: string
  kind: ChannelKind
  name: string | null
  topic?: string
  notes?: true
  members: Map<string, Role>
  events: EventFrame[]
  marks: Map<string, number>
}

/**
 * Users, channels and events in memory. It never fails. The hooks of `FakeServer` cause failures.
 */
export class FakeChat {
  readonly users: Map<string, { password: string; displayName: string }> = new Map()
  readonly channels: Map<string, FakeChannel> = new Map()
  epoch = 'epoch-1'
  #count = 0

  open(channel: {
    kind?: ChannelKind
    name?: string | null
    members: readonly string[]
    channelId?: string
    notes?: true
  }): FakeChannel {
    const channelId = channel.channelId ?? `ch-${++this.#count}`
    const [owner = 'system'] = channel.members
    const made: FakeChannel = {
      channelId,
      kind: channel.kind ?? 'group',
      name: channel.name === undefined ? channelId : channel.name,
      members: new Map(channel.members.map((name) => [name, name === owner ? 'owner' : 'member'])),
      events: [],
      marks: new Map(),
      ...(channel.notes === true && { notes: true }),
    }
    this.channels.set(channelId, made)
    this.append(made, {
      type: 'channel_created',
      channel: this.view(made, owner),
      ...this.done(owner),
    })
    return made
  }

  append(channel: FakeChannel, event: Unnumbered): EventFrame {
    const numbered = {
      ...event,
      channelId: channel.channelId,
      seq: channel.events.length + 1,
    } as EventFrame
    channel.events.push(numbered)
    return numbered
  }

  say(
    channel: FakeChannel,
    senderId: string,
    content: string,
    more: { session?: string; clientSeq?: number } = {},
  ): EventFrame {
    const event = this.append(channel, {
      type: 'chat_message',
      messageId: `m-${++this.#count}`,
      senderId,
      content,
      sentAt: new Date().toISOString(),
      ...more,
    })
    channel.marks.set(senderId, event.seq)
    return event
  }

  done(by: string): { by: string; at: string } {
    return { by, at: new Date().toISOString() }
  }

  of(username: string): FakeChannel[] {
    return [...this.channels.values()].filter(({ members }) => members.has(username))
  }

  view(channel: FakeChannel, username: string): Channel {
    const { channelId, kind, name, topic, members, events, marks } = channel
    const lastReadSeq = marks.get(username) ?? 0
    const messages = this.messages(channel)
    const lastMessage = messages.at(-1)
    return {
      channelId,
      kind,
      name,
      createdAt: '2026-01-01T00:00:00.000Z',
      memberCount: members.size,
      head: events.length,
      participants: this.participants(channel),
      lastReadSeq,
      unread: messages.filter(({ seq, senderId }) => seq > lastReadSeq && senderId !== username)
        .length,
      ...(topic !== undefined && { topic }),
      ...(channel.notes === true && { notes: true }),
      ...(lastMessage !== undefined && { lastMessage }),
    }
  }

  participants(channel: FakeChannel): NonNullable<Channel['participants']> {
    return [...channel.members].map(([username, role]) => ({
      username,
      displayName: this.users.get(username)?.displayName ?? username,
      role,
      status: 'online',
    }))
  }

  /** The messages as they are now. */
  messages(channel: FakeChannel): Message[] {
    const messages = new Map<number, Message>()
    for (const event of channel.events) {
      if (event.type === 'chat_message') messages.set(event.seq, { ...event })
      if (!('targetSeq' in event)) continue
      const target = messages.get(event.targetSeq)
      if (target === undefined) continue
      if (event.type === 'message_edited') {
        Object.assign(target, { content: event.content, editedAt: event.at })
      } else if (event.type === 'message_deleted') {
        delete target.content
        target.deletedAt = event.at
      } else {
        const by = new Set(target.reactions?.[event.emoji])
        if (event.type === 'reaction_added') by.add(event.by)
        else by.delete(event.by)
        target.reactions = { ...target.reactions, [event.emoji]: [...by] }
      }
    }
    return [...messages.values()]
  }
}
