/**
 * What others wrote, safe for a terminal and on one line: control characters could move the
 * cursor or change colours, marks of direction could make a text look like another.
 */
export function visible(text: string): string {
  return text
    .replaceAll('\n', '\\n')
    .replaceAll(/\p{Cc}|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\uFFFD')
}

const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u
const zero = /\p{M}|\u200d|\ufe0f/u

/** Columns that a text without escape sequences takes on a terminal. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) columns += zero.test(character) ? 0 : wide.test(character) ? 2 : 1
  return columns
}

/** Cut to at most so many columns. */
export function cutTo(text: string, columns: number): string {
  let taken = 0
  let end = 0
  for (const character of text) {
    taken += columnsOf(character)
    if (taken > columns) return `${text.slice(0, end - 1)}…`
    end += character.length
  }
  return text
}
