import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { clientFrameSchemas } from './client-frames/index.ts'
import { sequencedFrameTypes } from './frame-types.ts'
import type { ClientFrameType } from './client-frames/index.ts'
import { parseClientFrame } from './parse.ts'

const channel = { channelId: 'c1' }
const message = { ...channel, seq: 3 }
const minimal: Record<ClientFrameType, Record<string, unknown>> = {
  authenticate: { token: 't' },
  create_channel: {},
  join_channel: channel,
  leave_channel: channel,
  chat_message: { ...channel, content: 'hi' },
  edit_message: { ...message, content: 'hi' },
  delete_message: message,
  add_reaction: { ...message, emoji: '👍' },
  remove_reaction: { ...message, emoji: '👍' },
  add_participants: { ...channel, participants: ['ada'] },
  remove_participant: { ...channel, username: 'ada' },
  set_role: { ...channel, username: 'ada', role: 'admin' },
  update_channel: { ...channel, name: 'n' },
  mark_channel_read: channel,
  sync: { channels: { c1: 4 } },
  status_update: { status: 'away' },
  subscribe: { userIds: ['ada'] },
  unsubscribe: { userIds: ['ada'] },
  typing: channel,
  heartbeat: {},
}
const types = Object.keys(minimal) as ClientFrameType[]
const parse = (frame: unknown) => parseClientFrame(JSON.stringify(frame))
const names = (count: number) => Array.from({ length: count }, (_, index) => `user${index}`)

describe('parseClientFrame', () => {
  it.each(types)('reads a minimal %s frame', (type) => {
    const frame = { type, ...minimal[type] }
    expect(parse(frame)).toEqual({ ok: true, frame })
  })

  it.each(types)('drops unknown fields of %s', (type) => {
    const frame = { type, requestId: 'r', ...minimal[type] }
    expect(parse({ ...frame, later: { x: 1 } })).toEqual({ ok: true, frame })
  })

  it.each(types)('refuses %s without any one of its required fields', (type) => {
    for (const field of Object.keys(minimal[type])) {
      const { [field]: _left, ...rest } = minimal[type]
      const parsed = parse({ type, ...rest })
      expect(parsed).toMatchObject({ ok: false, code: 'invalid_input', type })
    }
  })

  it.each(types)(
    'keeps the clientSeq of %s only if the request makes exactly one event',
    (type) => {
      const parsed = parse({ type, ...minimal[type], clientSeq: 5 })
      const kept = parsed.ok && 'clientSeq' in parsed.frame
      expect(kept).toBe((sequencedFrameTypes as readonly string[]).includes(type))
    },
  )

  it.each<[ClientFrameType, Record<string, unknown>, boolean]>([
    ['authenticate', { token: '' }, false],
    ['authenticate', { token: 'x'.repeat(4097) }, false],
    ['authenticate', { protocol: 1, capabilities: ['batch', 'later'] }, true],
    ['authenticate', { protocol: 2 }, false],
    ['authenticate', { capabilities: Array(17).fill('x') }, false],
    ['authenticate', { session: '_mine' }, false],
    ['create_channel', { name: 'x'.repeat(100) }, true],
    ['create_channel', { name: 'x'.repeat(101) }, false],
    ['create_channel', { name: '' }, false],
    ['create_channel', { participants: names(100) }, true],
    ['create_channel', { participants: names(101) }, false],
    ['create_channel', { participants: ['a b'] }, false],
    ['create_channel', { kind: 'secret' }, false],
    ['create_channel', { clientKey: 'k'.repeat(65) }, false],
    ['join_channel', { name: 'n' }, false],
    ['join_channel', { limit: 1, afterSeq: 0 }, true],
    ['join_channel', { limit: 100 }, true],
    ['join_channel', { limit: 0 }, false],
    ['join_channel', { limit: 101 }, false],
    ['join_channel', { afterSeq: -1 }, false],
    ['chat_message', { clientSeq: 0 }, false],
    ['chat_message', { metadata: { a: { b: ['\0'] } } }, false],
    ['edit_message', { seq: 0 }, false],
    ['edit_message', { seq: 2 ** 53 }, false],
    ['add_reaction', { emoji: '😀'.repeat(17) }, false],
    ['add_participants', { participants: [] }, false],
    ['set_role', { role: 'king' }, false],
    ['update_channel', { topic: '' }, true],
    ['update_channel', { topic: 'x'.repeat(251) }, false],
    ['mark_channel_read', { seq: 0 }, true],
    ['mark_channel_read', { seq: 1.5 }, false],
    ['sync', { channels: {} }, true],
    ['sync', { channels: Object.fromEntries(names(300).map((n) => [n, 0])) }, true],
    ['sync', { channels: Object.fromEntries(names(301).map((n) => [n, 0])) }, false],
    ['sync', { channels: { c: -1 } }, false],
    ['sync', { channels: { ['c'.repeat(101)]: 1 } }, false],
    ['sync', { channels: [] }, false],
    ['status_update', { status: 'offline' }, false],
    ['status_update', { text: 'x'.repeat(80) }, true],
    ['status_update', { text: 'x'.repeat(81) }, false],
    ['subscribe', { userIds: names(500) }, true],
    ['subscribe', { userIds: names(501) }, false],
    ['subscribe', { userIds: [] }, false],
    ['typing', { channelId: '' }, false],
    ['heartbeat', { requestId: 'r'.repeat(65) }, false],
  ])('accepts %s with %j: %p', (type, fields, expected) => {
    expect(parse({ type, ...minimal[type], ...fields }).ok).toBe(expected)
  })

  it('lowers the case of every username in a frame', () => {
    expect(parse({ type: 'subscribe', userIds: ['Ada'] })).toMatchObject({
      frame: { userIds: ['ada'] },
    })
  })

  it('echoes requestId, channelId and clientSeq if they are valid', () => {
    expect(
      parse({ type: 'chat_message', requestId: 'r', channelId: 'c', clientSeq: 2, content: '' }),
    ).toEqual({
      ok: false,
      code: 'invalid_input',
      type: 'chat_message',
      message: expect.stringMatching(/^content: /),
      requestId: 'r',
      channelId: 'c',
      clientSeq: 2,
    })
    const bad = { requestId: 'r'.repeat(65), channelId: 5, clientSeq: 0, content: 'x' }
    expect(Object.keys(parse({ type: 'chat_message', ...bad })).toSorted()).toEqual(
      ['code', 'message', 'ok', 'type'].toSorted(),
    )
  })

  it('never repeats the client’s input in a refusal', () => {
    const secret = 'kept-to-oneself'
    for (const frame of [
      { type: secret },
      { type: 'authenticate', token: [secret] },
      { type: 'chat_message', channelId: 'c', content: 'x', metadata: { [secret]: '\0' } },
      { type: 'sync', channels: { [secret]: 'x' } },
      { type: 'set_role', channelId: 'c', username: `${secret} `, role: secret },
    ]) {
      expect(JSON.stringify(parse(frame))).not.toContain(secret)
    }
  })

  it.each(['', 'hello', '{', '[]', '[{}]', 'null', '7', '"x"', '{} {}', '\uFEFF{}'])(
    'calls the text %j malformed',
    (text) => {
      expect(parseClientFrame(text)).toMatchObject({
        ok: false,
        code: 'invalid_input',
        malformed: true,
      })
    },
  )

  it.each([
    ['no type', {}, 'invalid_input'],
    ['a type that is no text', { type: 5 }, 'invalid_input'],
    ['an unknown type', { type: 'dance', requestId: 'r' }, 'unknown_type'],
    ['a type that every object has', { type: 'toString' }, 'unknown_type'],
    ['the type __proto__', { type: '__proto__' }, 'unknown_type'],
  ])('refuses %s without calling it malformed', (_what, frame, code) => {
    const parsed = parse(frame)
    expect(parsed).toMatchObject({ ok: false, code })
    expect(parsed).not.toHaveProperty('malformed')
  })

  it.each([
    '{"type":"heartbeat","__proto__":{}}',
    '{"type":"chat_message","channelId":"c","content":"x","metadata":{"a":[{"__proto__":1}]}}',
    '{"type":"chat_message","channelId":"c","content":"x","metadata":{"\\u005f_proto__":1}}',
    '{"type":"heartbeat","unknown":{"\\u005F\\u005Fproto__":1}}',
    '{"type":"sync","channels":{"__proto__":3}}',
  ])('refuses the key __proto__ at any place: %s', (text) => {
    expect(parseClientFrame(text)).toMatchObject({ ok: false, code: 'invalid_input' })
  })

  it('accepts the message text __proto__', () => {
    expect(parse({ type: 'chat_message', channelId: 'c', content: '__proto__' }).ok).toBe(true)
  })

  it('never throws on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(parseClientFrame(text)).toMatchObject({ ok: false })
      }),
    )
    expect(parseClientFrame('{"type":'.repeat(8000)).ok).toBe(false)
    expect(parseClientFrame('['.repeat(60_000)).ok).toBe(false)
    const deep = '{"a":'.repeat(9000) + '1' + '}'.repeat(9000)
    const frame = `{"type":"chat_message","channelId":"c","content":"x","metadata":${deep}}`
    expect(parseClientFrame(frame).ok).toBe(false)
  })

  it('never throws on any JSON value, and accepts only what its schema describes', () => {
    const fields = [
      ...new Set(types.flatMap((type) => Object.keys(clientFrameSchemas[type].shape))),
    ]
    const frames = fc
      .record({
        type: fc.constantFrom(...types),
        fields: fc.dictionary(fc.constantFrom(...fields), fc.jsonValue(), { maxKeys: 6 }),
      })
      .map(({ type, fields: random }) => ({ ...minimal[type], ...random, type }))
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), frames), (value) => {
        const parsed = parse(value)
        if (!parsed.ok) return
        expect(parse(parsed.frame)).toEqual(parsed)
      }),
    )
  })
})
