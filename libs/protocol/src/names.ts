import emojiRegex from 'emoji-regex'
import type { z } from 'zod'
import { bounds } from './bounds.ts'
import { text } from './text.ts'

/**
 * Characters that a person cannot see: controls, formats, fillers, blanks of any kind, and letters
 * and signs with an empty glyph.
 */
const unseen =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}\u2800\u{13441}\u{13442}\u{1D159}\uFFFC]/u
const mark = /^\p{M}$/u

/** Joiners that Arabic and Indic spelling needs. Anywhere else they are invisible letters. */
const neededJoiner =
  /(?<=\p{Script=Arabic}\p{M}*)\u200C(?=\p{Script=Arabic})|(?<=[\u094D\u09CD\u0A4D\u0ACD\u0B4D\u0BCD\u0C4D\u0CCD\u0D4D\u0DCA])[\u200C\u200D]/gu
const tooManyMarks = /\p{M}{5}/u

/** True if a person would see anything of this text. */
export function showsSomething(text: string): boolean {
  for (const character of text) if (!unseen.test(character) && !mark.test(character)) return true
  return false
}

/**
 * The reason why this may not be a name, or null. A name is one line without invisible characters.
 */
export function nameFault(name: string): string | null {
  if (name === '') return null
  if (!showsSomething(name)) return 'must have a visible character'
  if (name.startsWith(' ') || name.endsWith(' ')) return 'must not begin or end with a blank'
  const [first = ''] = name
  if (mark.test(first)) return 'must not begin with a combining mark'
  if (tooManyMarks.test(name)) return 'must not have more than 4 combining marks in a row'
  const plain = name.replace(emojiRegex(), '').replace(neededJoiner, '').replaceAll(' ', '')
  return unseen.test(plain)
    ? 'must not hold control characters, invisible characters or blanks other than the space'
    : null
}

/**
 * A text that people see as a name: of a channel or a user, a topic, or a status text. `min` and
 * `max` count code points. A minimum of 0 allows the empty text.
 */
export function nameText(min: number, max: number): z.ZodString {
  return text(min, max).check((context) => {
    const message = nameFault(context.value)
    if (message !== null) context.issues.push({ code: 'custom', message, input: context.value })
  })
}

/** Where people type the name of a channel, `@` marks a person and `#` a public channel. */
export const channelNameSchema = nameText(1, bounds.channelNameMax).refine(
  (name) => !/^[@#＠＃﹫﹟]/u.test(name),
  'must not begin with @ or #',
)
export const topicSchema = nameText(0, bounds.topicMax)
export const displayNameSchema = nameText(1, bounds.displayNameMax)
export const statusTextSchema = nameText(0, bounds.statusTextMax)
