// A hash is pure, and in JavaScript it costs 15 µs.
// oxlint-disable-next-line no-restricted-imports
import { hash } from 'node:crypto'

/** The first `length` hexadecimal digits of the SHA-256 of the text in UTF-8. */
export function sha256Hex(text: string, length: number): string {
  return hash('sha256', text, 'hex').slice(0, length)
}
