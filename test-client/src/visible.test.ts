import { describe, expect, it } from '@jest/globals'
import { visible } from './visible.ts'

describe('visible', () => {
  it('lets nothing through that steers a terminal', () => {
    expect(visible('a\u001b[2Jb\u0007\u009b1mc\r')).toBe('a\uFFFD[2Jb\uFFFD\uFFFD1mc\uFFFD')
    expect(visible('abc\u202edcba\u2066')).toBe('abc\uFFFDdcba\uFFFD')
  })

  it('keeps a message on one line', () => {
    expect(visible('one\ntwo\u2028three')).toBe('one\\ntwo\uFFFDthree')
  })

  it('leaves every script and emoji alone', () => {
    for (const text of ['naïve', '日本語', 'שלום', 'مرحبا', '👩‍👩‍👧', '🇩🇪'])
      expect(visible(text)).toBe(text)
  })
})
