import { describe, expect, it } from '@jest/globals'
import { isWorkerId } from './worker-ids.ts'

describe('ids of workers', () => {
  it.each(['a', 'A1', '9', 'a.b_c-d', 'x'.repeat(64)])('accepts the worker id %s', (id) => {
    expect(isWorkerId(id)).toBe(true)
  })

  it.each(['', '_a', '.a', '-a', 'a b', 'ä', 'a/b', 'x'.repeat(65), 'inbox', 'System', 'a\n'])(
    'refuses the worker id %j',
    (id) => {
      expect(isWorkerId(id)).toBe(false)
    },
  )
})
