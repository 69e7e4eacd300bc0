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
  ])('spells %s as %s', (sent, stored) => {
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
  ])('refuses %j', (value) => {
    expect(emojiSchema.safeParse(value).success).toBe(false)
  })
})

describe('removableEmojiSchema', () => {
  it('accepts an old text for removal, and spells an emoji as it is stored', () => {
    expect(removableEmojiSchema.parse('a rude sentence')).toBe('a rude sentence')
    expect(removableEmojiSchema.parse('❤')).toBe('❤️')
  })

  it.each(['', 'x'.repeat(65), '😀'.repeat(17)])('bounds its length: %j', (value) => {
    expect(removableEmojiSchema.safeParse(value).success).toBe(false)
  })
})
