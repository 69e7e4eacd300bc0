import { describe, expect, it } from '@jest/globals'
import { createHash, createHmac } from 'node:crypto'
import { newFamily, successorOf, tokenHash } from './refresh-tokens.ts'

describe('refresh tokens', () => {
  it('makes a refresh token and a family key of 256 random bits each', () => {
    const [one, two] = [newFamily(), newFamily()]
    expect(Buffer.from(one.refreshToken, 'base64url')).toHaveLength(32)
    expect(one.key).toHaveLength(32)
    expect(new Set([one.refreshToken, two.refreshToken, one.familyId, two.familyId]).size).toBe(4)
    expect(one.key).not.toEqual(two.key)
  })

  it('derives the successor of a refresh token by HMAC with the family key', () => {
    const { key, refreshToken } = newFamily()
    const mac = createHmac('sha256', key).update(refreshToken).digest('base64url')
    expect(successorOf(refreshToken, key)).toBe(mac)
    expect(successorOf(refreshToken, newFamily().key)).not.toBe(mac)
  })

  it('stores a refresh token as its hash', () => {
    expect(tokenHash('x')).toEqual(createHash('sha256').update('x').digest())
  })
})
