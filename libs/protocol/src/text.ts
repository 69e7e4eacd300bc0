import { z } from 'zod'
import { bounds } from './limits.ts'

// With the u flag this matches only surrogates that are not part of a pair.
const loneSurrogate = /\p{Cs}/u

/** True for well-formed Unicode without U+0000, which every engine stores and returns unchanged. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && !loneSurrogate.test(text)
}

/** The bytes of `text` in UTF-8. A lone surrogate counts 3 bytes, as U+FFFD does. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.codePointAt(index) as number
    if (code > 0xffff) index++
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code > 0xffff ? 4 : 3
  }
  return bytes
}

function characters(count: number): string {
  return count === 1 ? 'one character' : `${count} characters`
}

/** Free text of `min` to `max` code points (zod counts code points, not UTF-16 units). */
export function text(min: number, max: number): z.ZodString {
  const short = z.string().max(max, `must have at most ${max} characters`)
  const bounded = min > 0 ? short.min(min, `must have at least ${characters(min)}`) : short
  return bounded.refine(isStorableText, 'must be well-formed Unicode without U+0000')
}

/**
 * True if a key `__proto__` occurs at any depth. Such a key would vanish silently in a copy by
 * assignment, so the whole document is refused.
 */
export function hasProtoKey(value: unknown): boolean {
  const pending: unknown[] = [value]
  while (pending.length > 0) {
    const next = pending.pop()
    if (typeof next !== 'object' || next === null) continue
    if (Object.hasOwn(next, '__proto__')) return true
    for (const child of Object.values(next)) pending.push(child)
  }
  return false
}

/**
 * The reason why this object may not be stored as metadata, or null. It walks without recursion,
 * because the client chooses the depth.
 */
function metadataFault(value: object): string | null {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > bounds.metadataMaxDepth) {
      return `must not be nested deeper than ${bounds.metadataMaxDepth}`
    }
    const next: unknown[] = []
    for (const item of level) {
      if (typeof item === 'string' && !isStorableText(item)) {
        return 'must hold well-formed Unicode without U+0000'
      }
      if (typeof item === 'number' && !Number.isFinite(item)) return 'must hold finite numbers'
      if (typeof item !== 'object' || item === null) continue
      for (const [key, child] of Object.entries(item)) next.push(key, child)
    }
    level = next
  }
  return utf8Length(JSON.stringify(value)) > bounds.metadataMaxBytes
    ? `must be at most ${bounds.metadataMaxBytes} bytes as JSON`
    : null
}

/** A plain JSON object, at most 2 KiB as JSON. The server stores it and never looks inside. */
export const metadataSchema = z
  .record(z.string(), z.unknown())
  .check((context) => {
    const message = metadataFault(context.value)
    if (message !== null) context.issues.push({ code: 'custom', message, input: context.value })
  })
  .meta({ id: 'Metadata', description: 'a JSON object of at most 2 KiB, stored unchanged' })

export type Metadata = z.infer<typeof metadataSchema>
