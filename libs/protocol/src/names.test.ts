import { describe, expect, it } from '@jest/globals'
import { channelNameSchema, displayNameSchema, statusTextSchema, topicSchema } from './names.ts'

const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success

describe('the schemas of names', () => {
  it.each([
    'lobby',
    'C#',
    'Zoë',
    'Zoe\u0308',
    'Straße 12',
    '日本語',
    'שלום',
    'ไทยนิ้',
    '❤️ dev',
    '👩‍💻 team',
    '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    '1️⃣',
    'می\u200cخواهم',
    'क्\u200dष',
  ])('accept the name %j', (name) => {
    expect(accepts(channelNameSchema, name)).toBe(true)
    expect(accepts(displayNameSchema, name)).toBe(true)
    expect(accepts(topicSchema, name)).toBe(true)
    expect(accepts(statusTextSchema, name.slice(0, 80))).toBe(true)
  })

  it.each([
    ['zero-width space', 'lob\u200Bby'],
    ['soft hyphen', 'lob\u00ADby'],
    ['word joiner', 'lobby\u2060'],
    ['variation selector', 'lobby\uFE0F'],
    ['tag letter', 'lobby\u{E0061}'],
    ['right-to-left mark', 'lobby\u200F'],
    ['override', '\u202Elobby'],
    ['Arabic letter mark', 'lob\u061Cby'],
    ['joiner between Latin letters', 'lob\u200Dby'],
    ['line feed', 'lob\nby'],
    ['tab', 'lob\tby'],
    ['escape', 'lob\u001B[31mby'],
    ['line separator', 'lob\u2028by'],
    ['next line', 'lob\u0085by'],
    ['no-break space', 'lob\u00A0by'],
    ['ideographic space', '日本\u3000語'],
    ['braille blank', 'lob\u2800by'],
    ['blank of a hieroglyph', 'lobby\u{13441}'],
    ['private use', 'lob\uE000by'],
    ['combining grapheme joiner', 'lob\u034Fby'],
    ['byte order mark', '\uFEFFlobby'],
    ['blank in front', ' lobby'],
    ['blank behind', 'lobby '],
    ['combining mark in front', '\u0301lobby'],
    ['pile of marks', `lobby${'\u0301'.repeat(5)}`],
    ['only blanks', '   '],
    ['only zero-width spaces', '\u200B\u200B'],
    ['only Hangul fillers', '\u3164'],
    ['only braille blanks', '\u2800'],
    ['only half blanks of hieroglyphs', '\u{13442}'],
  ])('refuse a name with this fault: %s', (_what, name) => {
    for (const schema of [channelNameSchema, displayNameSchema, topicSchema, statusTextSchema])
      expect(accepts(schema, name)).toBe(false)
  })

  it.each(['@bob', '#lobby', '＠bob', '＃lobby'])(
    'refuse %j as the name of a channel, but not of a person',
    (name) => {
      expect(accepts(channelNameSchema, name)).toBe(false)
      expect(accepts(displayNameSchema, name)).toBe(true)
    },
  )

  it('accept an empty topic or status text, but no empty channel name or display name', () => {
    expect(accepts(topicSchema, '')).toBe(true)
    expect(accepts(statusTextSchema, '')).toBe(true)
    expect(accepts(channelNameSchema, '')).toBe(false)
    expect(accepts(displayNameSchema, '')).toBe(false)
  })
})
