import { describe, expect, it } from '@jest/globals'
import {
  channelIdSchema,
  clientSeqSchema,
  consumerNameSchema,
  deviceIdSchema,
  foldChannelName,
  foldUsername,
  requestIdSchema,
  sessionSchema,
  userIdSchema,
  usernameSchema,
} from './ids.ts'

const schemas = {
  username: usernameSchema,
  userId: userIdSchema,
  channelId: channelIdSchema,
  requestId: requestIdSchema,
  deviceId: deviceIdSchema,
  session: sessionSchema,
  clientSeq: clientSeqSchema,
  consumer: consumerNameSchema,
}

describe('ids', () => {
  it.each<[keyof typeof schemas, unknown, boolean]>([
    ['username', 'abc', true],
    ['username', '0.b_c-d', true],
    ['username', 'a'.repeat(32), true],
    ['username', 'ab', false],
    ['username', 'a'.repeat(33), false],
    ['username', '.abc', false],
    ['username', '_abc', false],
    ['username', 'ab c', false],
    ['username', 'abc\n', false],
    ['username', 'äbc', false],
    ['username', 'K\u212Aa', false],
    ['userId', 'w', true],
    ['userId', 'w'.repeat(64), true],
    ['userId', 'w'.repeat(65), false],
    ['userId', '', false],
    ['userId', '-w', false],
    ['channelId', 'c', true],
    ['channelId', 'c'.repeat(100), true],
    ['channelId', 'c'.repeat(101), false],
    ['channelId', '', false],
    ['channelId', 'a\0', false],
    ['channelId', 7, false],
    ['requestId', '', true],
    ['requestId', 'r'.repeat(64), true],
    ['requestId', 'r'.repeat(65), false],
    ['requestId', '\uD800', false],
    ['deviceId', 'd'.repeat(64), true],
    ['deviceId', 'd'.repeat(65), false],
    ['deviceId', '', false],
    ['session', 's'.repeat(64), true],
    ['session', 's'.repeat(65), false],
    ['session', '', false],
    ['session', '_s', false],
    ['session', 's_', true],
    ['clientSeq', 1, true],
    ['clientSeq', Number.MAX_SAFE_INTEGER, true],
    ['clientSeq', Number.MAX_SAFE_INTEGER + 1, false],
    ['clientSeq', 0, false],
    ['clientSeq', -1, false],
    ['clientSeq', 1.5, false],
    ['clientSeq', '1', false],
    ['clientSeq', Number.NaN, false],
    ['consumer', 'a.b_c-9', true],
    ['consumer', 'a'.repeat(64), true],
    ['consumer', 'a'.repeat(65), false],
    ['consumer', '', false],
    ['consumer', 'A', false],
  ])('accepts the %s %j: %p', (name, value, expected) => {
    expect(schemas[name].safeParse(value).success).toBe(expected)
  })

  it('lowers the case of a username', () => {
    expect(usernameSchema.parse('Ada.L')).toBe('ada.l')
    expect(userIdSchema.parse('W')).toBe('w')
  })

  it('folds usernames that differ only in . and _ to one', () => {
    expect(foldUsername('A.b_c')).toBe(foldUsername('a_b.c'))
    expect(foldUsername('a-b')).not.toBe(foldUsername('a_b'))
  })

  it.each([
    ['Team', 'tEAM'],
    ['Team', ' Team '],
    ['ﬁsh', 'FISH'],
    ['Straße', 'STRASSE'],
    ['Σίσυφος', 'ΣΊΣΥΦΟΣ'],
    ['e\u0301', '\u00C9'],
  ])('folds the channel names %s and %s to one', (one, other) => {
    expect(foldChannelName(one)).toBe(foldChannelName(other))
  })
})
