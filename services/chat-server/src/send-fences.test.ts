import { describe, expect, it } from '@jest/globals'
import { RequestError } from './request-error.ts'
import { FencedError, SendFences } from './send-fences.ts'

const retryable = new RequestError('unavailable', 'away', { retryAfterMs: 1000 })
const final = new RequestError('forbidden', 'no')

describe('send fences', () => {
  it('refuse what follows a retryable refusal with its code, until that number comes again', () => {
    const fences = new SendFences()
    fences.refused('c', 5, retryable, 0)
    expect(() => fences.check('c', 6, 1)).toThrow(FencedError)
    expect(() => fences.check('c', 7, 1)).toThrow(expect.objectContaining({ code: 'unavailable' }))
    expect(() => fences.check('c', 5, 2)).not.toThrow()
    expect(() => fences.check('c', 6, 3)).not.toThrow()
  })

  it('let lower numbers and other channels pass', () => {
    const fences = new SendFences()
    fences.refused('c', 5, retryable, 0)
    expect(() => fences.check('c', 4, 1)).not.toThrow()
    expect(() => fences.check('d', 6, 1)).not.toThrow()
    expect(() => fences.check('c', 6, 1)).toThrow(FencedError)
  })

  it('keep the lowest refused number', () => {
    const fences = new SendFences()
    fences.refused('c', 5, retryable, 0)
    fences.refused('c', 6, retryable, 1)
    fences.refused('c', 3, retryable, 2)
    expect(() => fences.check('c', 4, 3)).toThrow('send 3 again first')
  })

  it('stand for 10 s at most, and not after a final refusal', () => {
    const fences = new SendFences()
    fences.refused('c', 5, retryable, 0)
    expect(() => fences.check('c', 6, 10_000)).not.toThrow()
    fences.refused('d', 5, final, 0)
    expect(() => fences.check('d', 6, 1)).not.toThrow()
  })
})
