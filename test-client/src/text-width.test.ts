import { describe, expect, it } from '@jest/globals'
import { cutTo, widestOf, wrap } from './text-width.ts'

describe('widestOf', () => {
  it.each([
    ['abc', 3],
    ['日本', 4],
    ['👍', 2],
    ['e\u0301', 1],
    ['\u001b[36mabc\u001b[39m', 3],
    ['', 0],
  ])('%s takes %i columns', (text, columns) => {
    expect(widestOf(text)).toBe(columns)
  })

  it('counts a joined family as its members side by side, as some terminals draw it', () => {
    expect(widestOf('👩‍👩‍👧')).toBe(6)
  })
})

describe('cutTo', () => {
  it.each([
    ['hello', 5, 'hello'],
    ['hello!', 5, 'hell…'],
    ['日本語です', 6, '日本…'],
    ['ab👩‍👩‍👧c', 6, 'ab…'],
    ['hello', 1, '…'],
    ['hello', 0, ''],
  ])('%s to %i columns is %s', (text, columns, expected) => {
    expect(cutTo(text, columns)).toBe(expected)
    expect(widestOf(expected)).toBeLessThanOrEqual(columns)
  })
})

describe('wrap', () => {
  it.each([
    ['fits', 20, 'fits'],
    ['one two three four five', 14, 'one two three\n│ four five'],
    ['first\nsecond', 20, 'first\n│ second'],
    ['0123456789012345', 12, '012345678901\n│ 2345'],
    ['日本語日本語日本語', 12, '日本語日本語\n│ 日本語'],
    ['a line\n', 20, 'a line\n│ '],
    ['no room for it', 5, 'no\nroom\nfor\nit'],
  ])('%j in %i columns is %j', (text, columns, expected) => {
    expect(wrap(text, columns, '│ ')).toBe(expected)
  })

  it('marks every row after the first, so that no text can forge a line', () => {
    const forged = `${'x'.repeat(30)}[#lobby] #7 bob: ok\n[#lobby] #8 bob: yes`
    const [, ...rows] = wrap(`[#lobby] #6 eve: ${forged}`, 47, '│ ').split('\n')
    expect(rows.length).toBeGreaterThan(1)
    for (const row of rows) expect(row.startsWith('│ ')).toBe(true)
  })

  it('breaks no colour code', () => {
    const text = `\u001b[1m${'x'.repeat(30)}\u001b[22m`
    expect(wrap(text, 20, '').replace('\n', '')).toBe(text)
  })
})
