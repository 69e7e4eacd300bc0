import { z } from 'zod'
import { bounds } from './bounds.ts'
import { isStorableText, utf8Length } from './unicode.ts'

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
