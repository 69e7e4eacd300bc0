import { isSafeNumber, parse } from 'lossless-json'

class InexactError extends Error {}

/**
 * Why this JSON would not come back as it was sent, or null. `JSON.parse` rounds numbers that a 64-bit
 * float cannot hold, and keeps only the last of two equal keys. `text` is valid JSON already.
 */
export function inexactness(text: string): string | null {
  try {
    parse(text, null, { parseNumber: exactNumber, onDuplicateKey: refuseDuplicate })
    return null
  } catch (error) {
    return error instanceof InexactError ? error.message : 'must not be nested this deep'
  }
}

function exactNumber(digits: string): number {
  if (isSafeNumber(digits)) return Number(digits)
  throw new InexactError('must hold numbers that a 64-bit float keeps exactly; send others as text')
}

function refuseDuplicate(): never {
  throw new InexactError('must not hold a key twice')
}
