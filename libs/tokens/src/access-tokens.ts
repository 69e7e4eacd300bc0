import { randomUUID } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { z } from 'zod'
import { type SigningKey, signingKey } from './signing-key.ts'
import { TokenError } from './token-error.ts'

/** The user and the log-in that an access token stands for. */
export interface AccessSubject {
  readonly username: string
  readonly displayName: string
  /** The log-in to which the token belongs. When the log-in ends, the token ends. */
  readonly familyId: string
  /** True for an admin of the platform. */
  readonly admin: boolean
}

export interface AccessClaims extends AccessSubject {
  readonly tokenId: string
  readonly issuedAtMs: number
  readonly expiresAtMs: number
}

export interface IssuedToken {
  readonly token: string
  readonly expiresAtMs: number
}

export interface AccessTokensOptions {
  /**
   * The first secret signs; each of them verifies. To change the key, put the new one first, and
   * keep the old one until its last token has expired.
   */
  readonly secrets: readonly [string, ...string[]]
  readonly ttlMs: number
  readonly issuer?: string
  readonly audience?: string
  /** The time in milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number
}

const algorithm = 'HS256'
const maxTokenLength = 4096

const claimsSchema = z.object({
  sub: z.string().min(1),
  iat: z.int(),
  exp: z.int(),
  jti: z.string().min(1),
  typ: z.literal('access'),
  fam: z.string().min(1),
  adm: z.literal(true).optional(),
  name: z.string(),
})

/** Short-lived bearer tokens: JWTs with one fixed algorithm. No look-up is needed to check them. */
export class AccessTokens {
  readonly ttlMs: number
  readonly #signing: SigningKey
  readonly #verifying: ReadonlyMap<string, SigningKey>
  readonly #issuer: string
  readonly #audience: string
  readonly #now: () => number

  /** @throws TokenError `weak_secret` */
  constructor({
    secrets: [first, ...others],
    ttlMs,
    issuer = 'rookery',
    audience = 'rookery',
    now = Date.now,
  }: AccessTokensOptions) {
    this.ttlMs = ttlMs
    this.#signing = signingKey(first)
    const keys = [this.#signing, ...others.map((secret) => signingKey(secret))]
    this.#verifying = new Map(keys.map((key) => [key.id, key]))
    this.#issuer = issuer
    this.#audience = audience
    this.#now = now
  }

  issue({ username, displayName, familyId, admin }: AccessSubject): IssuedToken {
    const iat = Math.floor(this.#now() / 1000)
    const exp = Math.floor((this.#now() + this.ttlMs) / 1000)
    const claims = {
      iss: this.#issuer,
      aud: this.#audience,
      sub: username,
      iat,
      exp,
      jti: randomUUID(),
      typ: 'access',
      fam: familyId,
      ...(admin && { adm: true }),
      name: displayName,
    } satisfies z.input<typeof claimsSchema> & Record<string, unknown>
    const { id, key } = this.#signing
    return {
      token: jwt.sign(claims, key, { algorithm, keyid: id }),
      expiresAtMs: exp * 1000,
    }
  }

  /** @throws TokenError `expired` (it was valid before), `invalid` (any other reason) */
  verify(token: string): AccessClaims {
    const payload = this.#payload(token)
    const claims = claimsSchema.safeParse(payload)
    if (!claims.success)
      throw new TokenError('invalid', 'the token lacks a claim, or a claim has the wrong type')
    const { sub, name, fam, adm, jti, iat, exp } = claims.data
    return {
      username: sub,
      displayName: name,
      familyId: fam,
      admin: adm === true,
      tokenId: jti,
      issuedAtMs: iat * 1000,
      expiresAtMs: exp * 1000,
    }
  }

  #payload(token: string): unknown {
    if (token.length > maxTokenLength) throw new TokenError('invalid', 'the token is too long')
    try {
      const id = jwt.decode(token, { complete: true })?.header.kid
      const key = id === undefined ? undefined : this.#verifying.get(id)
      if (key === undefined)
        throw new TokenError('invalid', 'the token is not signed with a known key')
      return jwt.verify(token, key.key, {
        algorithms: [algorithm],
        issuer: this.#issuer,
        audience: this.#audience,
        clockTimestamp: Math.floor(this.#now() / 1000),
      })
    } catch (cause) {
      if (cause instanceof TokenError) throw cause
      if (cause instanceof jwt.TokenExpiredError) {
        throw new TokenError('expired', 'the token has expired', { cause })
      }
      throw new TokenError('invalid', 'the token is not valid', { cause })
    }
  }
}
