import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readServerFrames } from './incoming.ts'
import { strictChecks } from './strict.ts'
import { structure } from './structure.ts'

const at = '2026-11-20T12:00:00.000Z'
const message = {
  type: 'chat_message',
  channelId: 'c',
  seq: 2,
  messageId: 'm',
  senderId: 'ada',
  content: 'hi',
  sentAt: at,
}

describe.each([
  ['the default checks', structure],
  ['strict checks', strictChecks],
])('readServerFrames with %s', (_name, checks) => {
  const read = (frame: unknown) => readServerFrames(JSON.stringify(frame), checks)

  it('ignores unknown fields', () => {
    expect(read({ ...message, later: 1 })).toMatchObject([message])
  })

  it('keeps the number of an event of an unknown type', () => {
    const event = { type: 'poll_opened', channelId: 'c', seq: 3, question: '?' }
    const unknown = { type: 'unknown_event', wireType: 'poll_opened', channelId: 'c', seq: 3 }
    expect(read(event)).toEqual([unknown])
    expect(read({ type: 'batch', events: [message, event] })).toEqual([message, unknown])
    const channels = { c: { events: [event], head: 3, more: false } }
    expect(read({ type: 'sync_result', epoch: 'e', channels })).toMatchObject([
      { channels: new Map([['c', { events: [unknown], head: 3, more: false }]]) },
    ])
  })

  it('keeps the number of an event whose shape it cannot read', () => {
    expect(read({ ...message, content: { rich: true } })).toEqual([
      { type: 'unknown_event', wireType: 'chat_message', channelId: 'c', seq: 2 },
    ])
  })

  it.each([
    'no json',
    '[]',
    'null',
    '{}',
    '{"type":5}',
    '{"type":"later"}',
    '{"type":"later","channelId":"c","seq":0}',
    '{"type":"later","channelId":"c","seq":1.5}',
    '{"type":"toString"}',
    '{"type":"batch"}',
    '{"type":"batch","events":[null,3,{}]}',
    '{"type":"message_ack"}',
    '{"type":"sync_result"}',
  ])('reads no frame from %s', (text) => {
    expect(readServerFrames(text, checks)).toEqual([])
  })

  it('leaves out the parts of a sync that it cannot read', () => {
    const channels = {
      a: { reset: true, head: 1 },
      b: { error: { code: 'not_found' } },
      c: 7,
      d: {},
    }
    const [frame] = read({ type: 'sync_result', requestId: 's1', epoch: 'e', channels })
    expect(frame).toMatchObject({ type: 'sync_result', requestId: 's1' })
    expect(frame?.type === 'sync_result' && [...frame.channels.keys()]).toEqual(['a', 'b'])
  })

  it('never throws on any text', () => {
    const type = fc.constantFrom('batch', 'sync_result', 'chat_message', 'error', 'x')
    const frames = fc
      .tuple(
        type,
        fc.dictionary(fc.constantFrom('events', 'channels', 'epoch', 'seq'), fc.jsonValue()),
      )
      .map(([name, fields]) => JSON.stringify({ ...fields, type: name }))
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), frames), (text) => {
        expect(Array.isArray(readServerFrames(text, checks))).toBe(true)
      }),
    )
  })
})
