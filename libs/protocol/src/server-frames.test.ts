import { describe, expect, it } from '@jest/globals'
import { answerTypes } from './answers.ts'
import { eventSchemas } from './events.ts'
import { defaultLimits, limitsSchema } from './limits.ts'
import { serverFrameSchemas } from './server-frames.ts'
import type { ServerFrame, ServerFrameType } from './server-frames.ts'

const at = '2026-11-20T12:00:00.000Z'
const channel = {
  channelId: 'c',
  kind: 'group' as const,
  name: 'n',
  createdAt: at,
  memberCount: 1,
  head: 2,
  lastReadSeq: 0,
  unread: 1,
}
const event = { channelId: 'c', seq: 2, by: 'ada', at }
const said = { channelId: 'c', seq: 2, messageId: 'm', senderId: 'ada', sentAt: at }

const examples: { [Type in ServerFrameType]: Extract<ServerFrame, { type: Type }> } = {
  authenticated: {
    type: 'authenticated',
    protocol: 1,
    user: { username: 'ada', displayName: 'Ada' },
    serverId: 's',
    session: 'x',
    epoch: 'e',
    expiresAt: at,
    heartbeatIntervalMs: 15_000,
    limits: defaultLimits,
  },
  channels_list: { type: 'channels_list', channels: [channel], more: false },
  channel_joined: {
    type: 'channel_joined',
    channelId: 'c',
    channel,
    participants: [{ username: 'ada', displayName: 'Ada', role: 'owner', status: 'online' }],
    messages: [{ type: 'chat_message', ...said, reactions: { '👍': ['bob'] } }],
    head: 2,
  },
  channel_left: { type: 'channel_left', channelId: 'c', by: 'ada' },
  channel_created: { type: 'channel_created', ...event, seq: 1, channel },
  chat_message: { type: 'chat_message', ...said, content: 'hi', session: 's', clientSeq: 1 },
  participant_joined: { type: 'participant_joined', ...event, username: 'bob' },
  participant_left: { type: 'participant_left', ...event, username: 'bob' },
  role_changed: { type: 'role_changed', ...event, username: 'bob', role: 'admin' },
  channel_updated: { type: 'channel_updated', ...event, topic: 't' },
  message_edited: { type: 'message_edited', ...event, targetSeq: 1, content: 'hi' },
  message_deleted: { type: 'message_deleted', ...event, targetSeq: 1 },
  reaction_added: { type: 'reaction_added', ...event, targetSeq: 1, emoji: '👍' },
  reaction_removed: { type: 'reaction_removed', ...event, targetSeq: 1, emoji: '👍' },
  message_ack: { type: 'message_ack', channelId: 'c', seq: 2, messageId: 'm', sentAt: at },
  channel_read: { type: 'channel_read', channelId: 'c', userId: 'ada', lastReadSeq: 2 },
  sync_result: {
    type: 'sync_result',
    epoch: 'e',
    channels: {
      a: { events: [{ type: 'chat_message', ...said, content: '' }], head: 2, more: false },
      b: { reset: true, head: 0 },
      c: { error: { code: 'not_found', message: 'no such channel' } },
    },
  },
  channel_head: { type: 'channel_head', channelId: 'c', head: 9 },
  presence_update: {
    type: 'presence_update',
    presence: [{ userId: 'ada', status: 'offline', lastSeen: null }],
  },
  typing: { type: 'typing', channelId: 'c', userId: 'ada' },
  server_draining: { type: 'server_draining', reconnectAfterMs: 100 },
  ok: { type: 'ok', requestId: 'r' },
  heartbeat_ack: { type: 'heartbeat_ack' },
  error: { type: 'error', code: 'not_found', message: 'no such channel', fatal: false },
  batch: { type: 'batch', events: [{ type: 'chat_message', ...said, content: 'hi' }] },
}

describe('server frames', () => {
  it.each(Object.keys(examples) as ServerFrameType[])(
    'keep every documented field of %s',
    (type) => {
      expect(serverFrameSchemas[type].parse(examples[type])).toEqual(examples[type])
    },
  )

  it('refuse a time without milliseconds or in another zone than UTC', () => {
    for (const wrong of ['2026-11-20T12:00:00Z', '2026-11-20T12:00:00.000+01:00', '1']) {
      const parsed = serverFrameSchemas.message_ack.safeParse({
        ...examples.message_ack,
        sentAt: wrong,
      })
      expect(parsed.success).toBe(false)
    }
  })

  it('refuse a batch inside a batch', () => {
    expect(
      serverFrameSchemas.batch.safeParse({ type: 'batch', events: [examples.batch] }).success,
    ).toBe(false)
  })

  it('have a channelId and a seq in every event', () => {
    for (const schema of Object.values(eventSchemas)) {
      expect(Object.keys(schema.shape)).toEqual(expect.arrayContaining(['channelId', 'seq']))
    }
  })

  it('have a requestId in every type that answers a request', () => {
    for (const type of Object.values(answerTypes).flat()) {
      expect(Object.keys(serverFrameSchemas[type].shape)).toContain('requestId')
    }
  })

  it('announce limits that are valid', () => {
    expect(limitsSchema.parse(defaultLimits)).toEqual(defaultLimits)
  })
})
