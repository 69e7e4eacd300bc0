import { describe, expect, it } from '@jest/globals'
import { isolated, quoted, reactionText, visible } from './visible.ts'

describe('visible', () => {
  it('removes everything that controls a terminal', () => {
    expect(visible('a\u001b[2Jb\u0007\u009b1mc\r')).toBe('a\uFFFD[2Jb\uFFFD\uFFFD1mc\uFFFD')
    expect(visible('abc\u202edcba\u2066')).toBe('abc\uFFFDdcba\uFFFD')
  })

  it('keeps a message on one line', () => {
    expect(visible('one\ntwo\u2028three')).toBe('one\\ntwo\uFFFDthree')
  })

  it('leaves every script and emoji unchanged', () => {
    for (const text of ['naïve', '日本語', 'שלום', 'مرحبا', '👩‍👩‍👧', '🇩🇪'])
      expect(visible(text)).toBe(text)
  })
})

describe('quoted', () => {
  it.each([
    ['plain', '"plain"'],
    ['" is away [x', String.raw`"\" is away \[x"`],
    ['line\nbreak', String.raw`"line\nbreak"`],
    ['a\u200bb\u2800', '"a\uFFFDb\uFFFD"'],
    ['👩‍👩‍👧 ❤️ 1\ufe0f\u20e3', '"👩‍👩‍👧 ❤️ 1\ufe0f\u20e3"'],
  ])('%j', (text, expected) => {
    expect(quoted(text)).toBe(expected)
  })
})

describe('isolated', () => {
  it('isolates text written from right to left, line by line', () => {
    expect(isolated('abc')).toBe('abc')
    expect(isolated('שלום\nabc\nمرحبا')).toBe('\u2068שלום\u2069\nabc\n\u2068مرحبا\u2069')
  })
})

describe('reactionText', () => {
  it.each([
    ['👍🏽', '👍🏽'],
    ['🇩🇪', '🇩🇪'],
    ['1\ufe0f\u20e3', '1\ufe0f\u20e3'],
    ['12', '"12"'],
    ['(edited)', '"(edited)"'],
    ['👍 ✓ [#lobby', String.raw`"👍 ✓ \[#lobby"`],
  ])('%s is shown as %s', (emoji, expected) => {
    expect(reactionText(emoji)).toBe(expected)
  })
})
