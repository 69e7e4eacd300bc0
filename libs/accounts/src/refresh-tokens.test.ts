import { describe, expect, it } from '@jest/globals'
import { createHash, createHmac } from 'node:crypto'
import { newFamily, successorOf, tokenHash } from './refresh-tokens.ts'

describe('refresh tokens', () => {
  it('are 256 random bits, with a key of 256 others', () => {
    const [one, two] = [newFamily(), newFamily()]
    expect(Buffer.from(one.refreshToken, 'base64url')).toHaveLength(32)
    expect(one.key).toHaveLength(32)
    expect(new Set([one.refreshToken, two.refreshToken, one.familyId, two.familyId]).size).toBe(4)
    expect(one.key).not.toEqual(two.key)
  })

  it('have as successor their HMAC under the family key', () => {
    const { key, refreshToken } = newFamily()
    const mac = createHmac('sha256', key).update(refreshToken).digest('base64url')
    expect(successorOf(refreshToken, key)).toBe(mac)
    expect(successorOf(refreshToken, newFamily().key)).not.toBe(mac)
  })

  it('are stored as their hash', () => {
    expect(tokenHash('x')).toEqual(createHash('sha256').update('x').digest())
  })
})
