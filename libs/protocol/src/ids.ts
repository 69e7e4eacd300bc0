import { z } from 'zod'
import { bounds } from './bounds.ts'
import { text } from './text.ts'

/** Names that nobody may register, because the platform speaks under them. */
export const reservedUsernames: readonly string[] = ['inbox', 'system']

/** A name to register: 3–32 of `a–z 0–9 . _ -`. Upper case is changed to lower case. */
export const usernameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{2,31}$/,
    'must be 3 to 32 of a–z 0–9 . _ - and start with a letter or digit',
  )
  .toLowerCase()

/** A user in a request, in lower case. The ids of foreign workers have 1–64 characters. */
export const userIdSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be 1 to 64 of a–z 0–9 . _ - and start with a letter or digit',
  )
  .toLowerCase()

/** The form in which usernames are unique: if `a.b` is taken, `a_b` cannot be registered. */
export function foldUsername(username: string): string {
  return username.toLowerCase().replaceAll('.', '_')
}

/**
 * The form in which a public channel's name is unique: NFKC and case folding (lower, upper, lower:
 * ẞ = ß = ss, ς = σ), without blanks around it.
 */
export function foldChannelName(name: string): string {
  return name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC').trim()
}

export const channelIdSchema = text(1, bounds.channelIdMax).meta({ description: 'the channel' })
export const messageIdSchema = text(1, bounds.channelIdMax)
export const requestIdSchema = text(0, bounds.requestIdMax).meta({
  description: 'echoed by the answer',
})
export const deviceIdSchema = text(1, bounds.deviceIdMax).meta({
  description: 'names the device; a browser keeps one for all its tabs',
})
export const clientKeySchema = text(1, bounds.clientKeyMax)
  .refine((key) => key !== '_notes', 'is reserved; choose another key')
  .meta({ description: 'a repeated request with the same key makes no second group' })

/** A client makes one at each start. Sessions that begin with `_` belong to the platform. */
export const sessionSchema = text(1, bounds.sessionMax)
  .refine((session) => !session.startsWith('_'), 'must not start with _')
  .meta({ description: 'made once per start of the client; must not begin with _' })

/** 1, 2, 3 … per (session, channel); gaps are allowed. */
export const clientSeqSchema = z
  .int()
  .min(1)
  .meta({ description: 'the number of this request in (session, channel)' })

export const seqSchema = z.int().min(1).meta({ description: 'the number of the message' })

export const consumerNameSchema = z
  .string()
  .regex(/^[a-z0-9._-]{1,64}$/, 'must be 1 to 64 of a–z 0–9 . _ -')
