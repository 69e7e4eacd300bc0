import { describe, expect, it } from '@jest/globals'
import { splitText } from './split-text.ts'

describe('splitText', () => {
  it.each([
    ['fits', 4, ['fits']],
    ['one\ntwo\nthree', 8, ['one\ntwo', 'three']],
    ['a\n\n\nb', 2, ['a', 'b']],
    ['abcdef', 4, ['abcd', 'ef']],
    ['👍👍👍', 2, ['👍👍', '👍']],
    ['ab👩‍👩‍👧', 5, ['ab', '👩‍👩‍👧']],
    ['👩‍👩‍👧', 2, ['👩‍', '👩‍', '👧']],
  ])('%j to messages of %i is %j', (text, max, messages) => {
    expect(splitText(text, max)).toEqual(messages)
  })

  it('leaves a text unchanged if no limit is known', () => {
    expect(splitText('x'.repeat(100_000))).toHaveLength(1)
  })
})
