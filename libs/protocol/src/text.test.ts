import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { contentSchema } from './content.ts'
import { hasProtoKey, metadataSchema, text } from './text.ts'
import { utf8Length } from './unicode.ts'

const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success

describe('text', () => {
  it.each([
    ['one code point', 'a', true],
    ['a 4-byte character', '😀', true],
    ['4,000 4-byte characters', '😀'.repeat(4000), true],
    ['4,000 characters', 'x'.repeat(4000), true],
    ['nothing', '', false],
    ['4,001 characters', 'x'.repeat(4001), false],
    ['4,001 4-byte characters', '😀'.repeat(4001), false],
    ['U+0000', 'a\0b', false],
    ['a lone high surrogate', 'a\uD83D', false],
    ['a lone low surrogate', '\uDE00a', false],
    ['two surrogates the wrong way round', '\uDE00\uD83D', false],
    ['a number', 4, false],
    ['null', null, false],
    ['blanks only', ' \t\n', false],
    ['a zero-width space', '\u200B', false],
    ['a braille blank', '\u2800', false],
    ['a lone combining mark', '\u0301', false],
    ['a full stop', '.', true],
    ['blanks around a letter', ' a \n', true],
  ])('accepts %s as content: %p', (_what, value, expected) => {
    expect(accepts(contentSchema, value)).toBe(expected)
  })

  it('counts code points, not UTF-16 units, at both bounds', () => {
    expect(accepts(text(2, 2), '😀')).toBe(false)
    expect(accepts(text(2, 2), '😀😀')).toBe(true)
    expect(accepts(text(2, 2), '😀😀😀')).toBe(false)
  })

  it('names the allowed length of a text in the message', () => {
    const issueOf = (value: string): unknown =>
      text(1, 4).safeParse(value).error?.issues[0]?.message
    expect(issueOf('')).toBe('must have at least one character')
    expect(issueOf('12345')).toBe('must have at most 4 characters')
  })

  it('measures UTF-8 as an encoder does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(utf8Length(value)).toBe(Buffer.byteLength(value, 'utf8'))
      }),
    )
    expect(utf8Length('\uD83D')).toBe(3)
  })
})

describe('metadata', () => {
  const nested = (depth: number): unknown => {
    let value: unknown = 'x'
    for (let level = 0; level < depth; level++) value = { a: value }
    return value
  }
  const ofBytes = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) })

  it.each([
    ['an empty object', {}, true],
    ['2,048 bytes', ofBytes(2048), true],
    ['2,049 bytes', ofBytes(2049), false],
    ['2,048 bytes of 4-byte characters', { a: '😀'.repeat(510) }, true],
    ['2,052 bytes of 4-byte characters', { a: '😀'.repeat(511) }, false],
    ['32 levels', nested(32), true],
    ['33 levels', nested(33), false],
    ['10,000 levels', nested(10_000), false],
    ['an array', [], false],
    ['null', null, false],
    ['a text', 'x', false],
    ['U+0000 deep inside', { a: [{ b: '\0' }] }, false],
    ['a lone surrogate deep inside', { a: [{ b: '\uD800' }] }, false],
    ['a lone surrogate in a key', { a: { 'k\uD800': 1 } }, false],
    ['a number beyond the finite', JSON.parse('{"a":1e999}'), false],
    ['every JSON type', { a: null, b: true, c: 1.5, d: [1, 'x'], e: {} }, true],
  ])('accepts %s as metadata: %p', (_what, value, expected) => {
    expect(accepts(metadataSchema, value)).toBe(expected)
  })

  it('returns metadata unchanged', () => {
    const value = { constructor: 1, toString: 'x', nested: [{ prototype: null }] }
    expect(metadataSchema.parse(value)).toEqual(value)
  })
})

describe('hasProtoKey', () => {
  it.each([
    ['{"__proto__":1}', true],
    ['{"a":[{"__pro\\u0074o__":{}}]}', true],
    ['[[{"__proto__":null}]]', true],
    ['{"a":"__proto__"}', false],
    ['{"constructor":{"prototype":1}}', false],
    ['null', false],
    ['"__proto__"', false],
  ])('finds a key __proto__ in %s: %p', (json, expected) => {
    expect(hasProtoKey(JSON.parse(json))).toBe(expected)
  })

  it('finds a key __proto__ at any depth', () => {
    const deep = '['.repeat(30_000) + '{"__proto__":1}' + ']'.repeat(30_000)
    expect(hasProtoKey(JSON.parse(deep))).toBe(true)
  })
})
