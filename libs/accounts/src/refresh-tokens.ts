import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto'

// A family is a chain of tokens. Each token is computed from the one before it and the family's
// key, so a repeated refresh gets the same successor. The store holds only the tokens' hashes and
// the key, from which no token can be computed.

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

/**
 * The stored form of a token. A plain hash is enough, because 256 random bits cannot be guessed.
 */
export function tokenHash(refreshToken: string): Uint8Array {
  return createHash('sha256').update(refreshToken).digest()
}
