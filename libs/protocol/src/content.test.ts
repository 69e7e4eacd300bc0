import { describe, expect, it } from '@jest/globals'
import { emojiSchema, removableEmojiSchema } from './content.ts'

describe('emojiSchema', () => {
  it.each([
    ['👍', '👍'],
    ['👍🏽', '👍🏽'],
    ['❤', '❤️'],
    ['❤\uFE0E', '❤️'],
    ['❤️', '❤️'],
    ['1⃣', '1️⃣'],
    ['🏳‍🌈', '🏳️‍🌈'],
    ['👩‍❤‍👨', '👩‍❤️‍👨'],
    ['☝️🏽', '☝🏽'],
    ['🇩🇪', '🇩🇪'],
    ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
    ['🫩', '🫩'],
  ])('spells the emoji %s as %s', (sent, stored) => {
    expect(emojiSchema.parse(sent)).toBe(stored)
  })

  it.each([
    '',
    'a',
    '1',
    '#',
    '👍👍',
    '👍 ',
    'a rude sentence',
    '🇩',
    '\u200D',
    '👍\u200B',
    4,
    null,
  ])('refuses the reaction %j', (value) => {
    expect(emojiSchema.safeParse(value).success).toBe(false)
  })
})

describe('removableEmojiSchema', () => {
  it('accepts an old text for removal, and spells an emoji in the stored form', () => {
    expect(removableEmojiSchema.parse('a rude sentence')).toBe('a rude sentence')
    expect(removableEmojiSchema.parse('❤')).toBe('❤️')
  })

  it.each(['', 'x'.repeat(65), '😀'.repeat(17)])(
    'refuses a text of the wrong length for removal: %j',
    (value) => {
      expect(removableEmojiSchema.safeParse(value).success).toBe(false)
    },
  )
})
