import { describe, expect, it } from '@jest/globals'
import { RequestError } from '../request-error.ts'
import { FencedError, SendFences } from './send-fences.ts'

const retryable = new RequestError('unavailable', 'away', { retryAfterMs: 1000 })
const final = new RequestError('forbidden', 'no')

describe('the fences of a session', () => {
  it('refuses higher numbers after a retryable refusal until the refused one comes again', () => {
    const fences = new SendFences()
    fences.refused('c', 5, retryable, 0)
    expect(() => fences.check('c', 6, 1)).toThrow(FencedError)
    expect(() => fences.check('c', 7, 1)).toThrow(expect.objectContaining({ code: 'unavailable' }))
    expect(() => fences.check('c', 5, 2)).not.toThrow()
    expect(() => fences.check('c', 6, 3)).not.toThrow()
  })

  it('lets lower numbers and other channels pass', () => {
    const fences = new SendFences()
    fences.refused('c', 5, retryable, 0)
    expect(() => fences.check('c', 4, 1)).not.toThrow()
    expect(() => fences.check('d', 6, 1)).not.toThrow()
    expect(() => fences.check('c', 6, 1)).toThrow(FencedError)
  })

  it('keeps the fence of a channel at the lowest refused number', () => {
    const fences = new SendFences()
    fences.refused('c', 5, retryable, 0)
    fences.refused('c', 6, retryable, 1)
    fences.refused('c', 3, retryable, 2)
    expect(() => fences.check('c', 4, 3)).toThrow('send 3 again first')
  })

  it('keeps a fence for 10 s at most, and sets none after a final refusal', () => {
    const fences = new SendFences()
    fences.refused('c', 5, retryable, 0)
    expect(() => fences.check('c', 6, 10_000)).not.toThrow()
    fences.refused('d', 5, final, 0)
    expect(() => fences.check('d', 6, 1)).not.toThrow()
  })

  it('moves a fence to the lowest held number when its time is over', () => {
    const fences = new SendFences()
    fences.refused('c', 5, retryable, 0)
    for (const clientSeq of [6, 7])
      expect(() => fences.check('c', clientSeq, 9_999)).toThrow(FencedError)
    expect(() => fences.check('c', 8, 10_000)).toThrow('send 6 again first')
    for (const clientSeq of [6, 7, 8])
      expect(() => fences.check('c', clientSeq, 10_001)).not.toThrow()
  })

  it('waits for no number for more than 10 s after its refusal', () => {
    const fences = new SendFences()
    fences.refused('c', 5, retryable, 0)
    for (const clientSeq of [6, 7])
      expect(() => fences.check('c', clientSeq, 2_000)).toThrow(FencedError)
    expect(() => fences.check('c', 8, 11_999)).toThrow('send 6 again first')
    expect(() => fences.check('c', 8, 12_000)).not.toThrow()
  })

  it('moves a fence on when the client is shown that its number is stored after all', () => {
    const fences = new SendFences()
    fences.refused('c', 5, retryable, 0)
    fences.stored('d', 5, 1)
    fences.stored('c', 4, 1)
    expect(() => fences.check('c', 6, 2)).toThrow('send 5 again first')
    fences.stored('c', 5, 3)
    expect(() => fences.check('c', 7, 3)).toThrow('send 6 again first')
    for (const clientSeq of [6, 7]) expect(() => fences.check('c', clientSeq, 4)).not.toThrow()
    fences.refused('c', 8, retryable, 5)
    for (const clientSeq of [9, 10, 11])
      expect(() => fences.check('c', clientSeq, 6)).toThrow(FencedError)
    fences.stored('c', 9, 7)
    expect(() => fences.check('c', 11, 8)).toThrow('send 10 again first')
  })

  it('sets no fence at a number that the client was shown as stored before', () => {
    const fences = new SendFences()
    fences.stored('c', 5, 0)
    fences.refused('c', 5, retryable, 1)
    expect(() => fences.check('c', 6, 2)).not.toThrow()
  })
})
