import type { z } from 'zod'
import { bounds } from './bounds.ts'
import { text } from './text.ts'

/**
 * The one spelling of a password for all keyboards: composed letters and plain blanks (RFC 8265,
 * OpaqueString).
 */
export function canonicalPassword(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC')
}

/** A decomposed letter may take several code points where the composed one takes one. */
const typed = text(1, 4 * bounds.passwordMax).meta({
  description: `${bounds.passwordMin} to ${bounds.passwordMax} code points once its letters are composed`,
})

/** A password at a log-in, as it was typed. */
export const passwordSchema = typed

/** A password that will be stored, in its one spelling. */
export const newPasswordSchema: z.ZodType<string, string> = typed
  .transform(canonicalPassword)
  .pipe(text(bounds.passwordMin, bounds.passwordMax))
