import { dictionary } from '@zxcvbn-ts/language-common'

/** Words of this platform: people who guess passwords here try them first. */
const contextWords = 'rookery rookerychat chat chatserver messenger moderator'.split(' ')

/** Words that are frequent in leaks. `endings` is what people append to satisfy a rule. */
const words =
  `password passw0rd pass p@ssword passwort admin administrator root user guest test login welcome letmein
  qwerty qwertz azerty asdf asdfgh zxcvbn abc abcd abcdef secret master monkey dragon shadow sunshine princess
  football baseball basketball soccer hockey superman batman spiderman pokemon starwars iloveyou love lovely
  michael jordan jessica ashley daniel andrew thomas robert charlie jennifer michelle nicole amanda matthew
  joshua anthony george william hunter harley ranger buster tigger ginger pepper cookie summer winter spring
  autumn monday friday january december london berlin paris america internet computer samsung google facebook
  linkedin killer freedom whatever trustno access hello flower mustang maggie merlin silver golden orange
  banana chocolate butterfly liverpool arsenal chelsea barcelona rangers celtic changeme default qazwsx`.split(
    /\s+/,
  )
const endings =
  `1 2 3 7 9 0 11 12 13 21 22 23 69 77 88 99 00 01 007 100 101 111 123 222 321 333 456 666 777 789 999
  1234 4321 12345 54321 123456 123123 ! !! !1 1! 123! 1234! @1 @123 @1234 #1 _1 .`.split(/\s+/)
const years = Array.from({ length: 81 }, (_, n) => String(1960 + n))
const shortest = 8

/**
 * Some 25,000 passwords in lower case: the most frequent ones of leaks (18,000 of zxcvbn's list are
 * long enough), and common words with an ending.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  [
    ...dictionary['passwords-common'],
    ...[...words, ...contextWords].flatMap((word) => [
      word,
      word + word,
      ...[...endings, ...years].map((end) => word + end),
    ]),
  ].filter((one) => one.length >= shortest),
)

const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn',
]

const rowsBackwards = rows.map((row) => row.split('').toReversed().join(''))

/** `abababab`, `zzzzzzzzzz`: longer repetitions, and other characters, are not in common use. */
function isRepetition(lowerCase: string): boolean {
  return lowerCase.length <= 12 && /^([!-~]{1,4})\1+$/.test(lowerCase)
}

/**
 * Whether this is one of the most common passwords, a run along the alphabet or the keyboard, or a
 * repetition of a few characters.
 */
export function isCommonPassword(lowerCase: string): boolean {
  if (commonPasswords.has(lowerCase) || isRepetition(lowerCase)) return true
  return [...rows, ...rowsBackwards].some((row) => row.includes(lowerCase))
}
