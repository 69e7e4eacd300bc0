import { describe, expect, it } from '@jest/globals'
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { AccessTokens } from './access-tokens.ts'

const secret = randomBytes(32).toString('base64url')
const other = randomBytes(32).toString('base64url')
const subject = { username: 'ann', displayName: 'Ann 😀', familyId: 'f1', admin: false }
const tokens = new AccessTokens({ secrets: [secret], ttlMs: 900_000 })

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const decode = (part = '') =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
const issued = () => tokens.issue(subject).token
const headerOf = (token: string) => decode(token.split('.')[0])
const claimsOf = (token: string) => decode(token.split('.')[1])

/** A signed token that differs from a valid one only in the values that the caller passes. */
function signed(claims: object, header: object = {}, hash = 'sha256', key = secret): string {
  const body = `${encode({ ...headerOf(issued()), ...header })}.${encode(claims)}`
  return `${body}.${createHmac(hash, key).update(body).digest('base64url')}`
}
function refusal(token: string, by = tokens): unknown {
  try {
    by.verify(token)
  } catch (error) {
    return (error as { code: unknown }).code
  }
  return 'accepted'
}

describe('AccessTokens', () => {
  it('returns the claims of a token that it issued', () => {
    const { token, expiresAtMs } = tokens.issue(subject)
    expect(tokens.verify(token)).toMatchObject({ ...subject, expiresAtMs })
    expect(tokens.verify(tokens.issue({ ...subject, admin: true }).token).admin).toBe(true)
    expect(expiresAtMs - Date.now()).toBeLessThanOrEqual(900_000)
  })

  it('issues tokens with every claim that readers need, and a unique id', () => {
    const claims = claimsOf(issued())
    expect(Object.keys(claims).sort()).toEqual(
      ['aud', 'exp', 'fam', 'iat', 'iss', 'jti', 'name', 'sub', 'typ'].sort(),
    )
    expect(claims['jti']).not.toBe(claimsOf(issued())['jti'])
    expect(headerOf(issued())).toEqual({
      alg: 'HS256',
      typ: 'JWT',
      kid: expect.stringMatching(/^[0-9a-f]{8}$/),
    })
  })

  it('accepts an unchanged token that the test signs, so that the refusals below mean something', () => {
    expect(refusal(signed(claimsOf(issued())))).toBe('accepted')
  })

  it('refuses a token without a signature (alg none)', () => {
    for (const alg of ['none', 'None', 'NONE']) {
      const [, body] = issued().split('.')
      expect(refusal(`${encode({ ...headerOf(issued()), alg })}.${body}.`)).toBe('invalid')
    }
  })

  it('refuses a token with another algorithm, also with the right key', () => {
    const claims = claimsOf(issued())
    expect(refusal(signed(claims, { alg: 'HS512' }, 'sha512'))).toBe('invalid')
    expect(refusal(signed(claims, { alg: 'HS384' }, 'sha384'))).toBe('invalid')
  })

  it('refuses an RSA token, and an HMAC token signed with the RSA public key', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const keyid = String(headerOf(issued())['kid'])
    const rsa = jwt.sign(claimsOf(issued()), privateKey, { algorithm: 'RS256', keyid })
    expect(refusal(rsa)).toBe('invalid')
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    expect(refusal(signed(claimsOf(issued()), {}, 'sha256', pem))).toBe('invalid')
  })

  it('refuses a token with changed claims, or with a changed or cut signature', () => {
    const [header, , signature = ''] = issued().split('.')
    const changed = encode({ ...claimsOf(issued()), sub: 'bob', adm: true })
    expect(refusal(`${header}.${changed}.${signature}`)).toBe('invalid')
    const token = issued()
    const flipped = (token.at(-5) === 'A' ? 'B' : 'A') + token.slice(-4)
    expect(refusal(token.slice(0, -5) + flipped)).toBe('invalid')
    expect(refusal(token.slice(0, -1))).toBe('invalid')
    expect(refusal(token.slice(0, token.lastIndexOf('.') + 1))).toBe('invalid')
    expect(refusal(token.slice(0, token.lastIndexOf('.')))).toBe('invalid')
  })

  it('refuses a token for another audience or of another issuer', () => {
    expect(refusal(signed({ ...claimsOf(issued()), aud: 'elsewhere' }))).toBe('invalid')
    expect(refusal(signed({ ...claimsOf(issued()), iss: 'elsewhere' }))).toBe('invalid')
  })

  it.each(['iss', 'aud', 'sub', 'iat', 'exp', 'jti', 'typ', 'fam', 'name'])(
    'refuses a token without %s',
    (claim) => {
      const { [claim]: _removed, ...rest } = claimsOf(issued())
      expect(refusal(signed(rest))).toBe('invalid')
    },
  )

  it.each([
    { typ: 'refresh' },
    { typ: ['access'] },
    { sub: '' },
    { sub: 7 },
    { adm: 'true' },
    { adm: 1 },
    { exp: '9999999999' },
    { exp: null },
    { name: null },
  ])('refuses a token with a claim of a wrong type: %j', (claim) => {
    expect(refusal(signed({ ...claimsOf(issued()), ...claim }))).toBe('invalid')
  })

  it('distinguishes an expired token from an invalid one', () => {
    let nowMs = 1_800_000_000_000
    const clocked = new AccessTokens({ secrets: [secret], ttlMs: 60_000, now: () => nowMs })
    const { token, expiresAtMs } = clocked.issue(subject)
    nowMs = expiresAtMs - 1
    expect(refusal(token, clocked)).toBe('accepted')
    nowMs = expiresAtMs
    expect(refusal(token, clocked)).toBe('expired')
    expect(refusal(`${token.slice(0, -3)}AAA`, clocked)).toBe('invalid')
  })

  it.each([
    ['an empty text', ''],
    ['a dot', '.'],
    ['two dots', '..'],
    ['words', 'a.b.c'],
    ['a refresh token', randomBytes(32).toString('base64url')],
    ['a text of 9,999 characters', 'x'.repeat(9999)],
  ])('refuses %s as an access token', (_case, text) => expect(refusal(text)).toBe('invalid'))

  it('refuses a token that is too long, also with a valid signature', () => {
    const long = tokens.issue({ ...subject, displayName: 'x'.repeat(4_000) }).token
    expect(refusal(long)).toBe('invalid')
  })

  it('refuses a token of another key, and one that names no known key', () => {
    const foreign = new AccessTokens({ secrets: [other], ttlMs: 60_000 })
    expect(refusal(foreign.issue(subject).token)).toBe('invalid')
    expect(refusal(signed(claimsOf(issued()), { kid: undefined }))).toBe('invalid')
    expect(refusal(signed(claimsOf(issued()), { kid: '__proto__' }))).toBe('invalid')
    expect(refusal(signed(claimsOf(issued()), { kid: 1 }))).toBe('invalid')
  })

  it('verifies with the old and the new key during a change of keys, and signs with the new one', () => {
    const overlap = new AccessTokens({ secrets: [other, secret], ttlMs: 60_000 })
    expect(refusal(issued(), overlap)).toBe('accepted')
    const token = overlap.issue(subject).token
    expect(refusal(token, overlap)).toBe('accepted')
    expect(refusal(token)).toBe('invalid')
  })

  it('refuses a signing key of less than 256 bits', () => {
    const weak = () => new AccessTokens({ secrets: ['x'.repeat(31)], ttlMs: 1 })
    expect(weak).toThrow(expect.objectContaining({ code: 'weak_secret' }))
  })
})
