import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto'

// A family is a chain of tokens: each is a function of the one before and of the family's own key.
// So a repeated refresh gets the same successor without anyone storing tokens: the store holds
// their hashes and the key, and neither yields a token.

const tokenBytes = 32

export interface NewFamily {
  readonly familyId: string
  readonly key: Uint8Array
  /** The first token of the chain: opaque, 256 bits, base64url. */
  readonly refreshToken: string
}

export function newFamily(): NewFamily {
  return {
    familyId: randomUUID(),
    key: randomBytes(tokenBytes),
    refreshToken: randomRefreshToken(),
  }
}

export function randomRefreshToken(): string {
  return randomBytes(tokenBytes).toString('base64url')
}

export function successorOf(refreshToken: string, familyKey: Uint8Array): string {
  return createHmac('sha256', familyKey).update(refreshToken).digest('base64url')
}

/** What is stored of a token. A plain hash does: there is nothing to guess in 256 random bits. */
export function tokenHash(refreshToken: string): Uint8Array {
  return createHash('sha256').update(refreshToken).digest()
}
