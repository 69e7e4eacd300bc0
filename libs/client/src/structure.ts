import type { RestRouteName, ServerFrame } from '@rookery/protocol'
import type { Checks } from './checks.ts'

type Fields = Readonly<Record<string, (value: unknown) => boolean>>

const text = (value: unknown): boolean => typeof value === 'string'
const flag = (value: unknown): boolean => typeof value === 'boolean'
/** A number from 0 that arithmetic keeps exactly. */
const count = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const seq = (value: unknown): boolean => count(value) && value !== 0
const maybe =
  (check: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || check(value)
const object =
  (fields: Fields) =>
  (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]))
const list =
  (check: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(check)

const profile = { username: text, displayName: text }
const message = object({
  channelId: text,
  seq,
  senderId: text,
  content: maybe(text),
  sentAt: text,
  reactions: maybe((value) => list(list(text))(Object.values(value ?? {}))),
})
const channel = object({
  channelId: text,
  kind: text,
  name: (value) => value === null || text(value),
  createdAt: text,
  memberCount: count,
  head: count,
  lastReadSeq: count,
  unread: count,
  participants: maybe(list(object(profile))),
  lastMessage: maybe(message),
})
const presence = list(object({ userId: text, status: text }))
const numbered = { channelId: text, seq, session: maybe(text), clientSeq: maybe(seq) }
const aimed = { ...numbered, targetSeq: seq, by: text, at: text }
const membership = { ...numbered, username: text, by: text, at: text }
const limits = object({ maxFrameBytes: seq, messagesPerSecond: Number.isFinite, messageBurst: seq })

const frames: Readonly<Record<ServerFrame['type'], Fields>> = {
  authenticated: {
    user: object(profile),
    serverId: text,
    epoch: text,
    heartbeatIntervalMs: seq,
    limits,
  },
  channels_list: { channels: list(channel), more: flag },
  channel_joined: {
    channelId: text,
    channel,
    participants: list(object(profile)),
    messages: list(message),
    head: count,
  },
  channel_left: { channelId: text, by: text },
  channel_created: { ...numbered, channel },
  chat_message: { ...numbered, messageId: text, senderId: text, content: text, sentAt: text },
  participant_joined: membership,
  participant_left: membership,
  role_changed: { ...membership, role: text },
  channel_updated: { ...numbered, name: maybe(text), topic: maybe(text) },
  message_edited: { ...aimed, content: text },
  message_deleted: aimed,
  reaction_added: { ...aimed, emoji: text },
  reaction_removed: { ...aimed, emoji: text },
  message_ack: { channelId: text, clientSeq: maybe(seq), seq, messageId: text, sentAt: text },
  channel_read: { channelId: text, userId: text, lastReadSeq: count },
  sync_result: { epoch: text, channels: object({}) },
  channel_head: { channelId: text, head: count },
  presence_update: { presence },
  typing: { channelId: text, userId: text },
  server_draining: { reconnectAfterMs: count },
  ok: {},
  heartbeat_ack: {},
  error: { code: text, message: text, clientSeq: maybe(seq), retryAfterMs: maybe(count) },
  batch: { events: Array.isArray },
}

const login = object({
  sessionToken: text,
  refreshToken: text,
  expiresIn: (value) => Number.isFinite(value) && (value as number) > 0,
  user: object(profile),
  servers: object({ chat: object({ url: text }) }),
})

/** The answers whose fields this library relies on. Of others it needs an object or a text. */
const answers: Partial<Record<RestRouteName, (value: unknown) => boolean>> = {
  register: login,
  logIn: login,
  refresh: login,
  changePassword: login,
  servers: object({ chat: object({ url: text }) }),
  getChannel: object({ channel }),
  listMessages: object({ messages: list(message), head: count }),
  listParticipants: object({ participants: list(object(profile)) }),
}

/** Looks at the fields that this library relies on. */
export const structure: Checks = {
  frame: (type, value) =>
    object({ ...frames[type], requestId: maybe(text) })(value)
      ? (value as unknown as ServerFrame)
      : null,
  answerFault: (name, body) => {
    const isGood = answers[name] ?? ((value) => value === undefined || value !== null)
    return isGood(body) ? null : new Error('a field is missing or has another type')
  },
}

export const frameTypes: ReadonlySet<string> = new Set(Object.keys(frames))
