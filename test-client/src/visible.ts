const unsafe =
  /\p{Cc}|\p{Cs}|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/gu
/** Invisible characters. Only the joiners of emoji and of some scripts have a meaning in a name. */
const invisible =
  /(?<!\p{Extended_Pictographic}\p{Emoji_Modifier}?)\ufe0f(?!\u20e3)|(?<!\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d(?!\p{Script=Devanagari})|(?<!\p{Script=Arabic})\u200c|(?!\u200c|\u200d|\ufe0f)\p{Default_Ignorable_Code_Point}|(?!\u0020)\p{Zs}|\p{Co}|\u2800/gu
const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/**
 * Text of other users, safe for a terminal and on one line. Control characters could move the
 * cursor or change colours, and marks of direction could make a text look like another.
 */
export function visible(text: string): string {
  return text.replaceAll('\n', '\\n').replaceAll(unsafe, '\uFFFD')
}

/** The same, with its line breaks and tabs. */
export function visibleLines(text: string): string {
  const lines = text.replaceAll('\t', '  ').split(/\r?\n/u)
  return lines.map((line) => line.replaceAll(unsafe, '\uFFFD')).join('\n')
}

/**
 * A name, topic or status of another user in quotes. Nothing in it can end the quotes or look like
 * a label.
 */
export function quoted(text: string): string {
  const shown = visible(text.replaceAll(/["\\[\]]/g, String.raw`\$&`))
  return `"${shown.replaceAll(invisible, '\uFFFD')}"`
}

/** Keeps text that is written from right to left from turning the text around it. */
export function isolated(text: string): string {
  const lines = text.split('\n')
  return lines.map((line) => (rightToLeft.test(line) ? `\u2068${line}\u2069` : line)).join('\n')
}

/** A reaction: emoji unchanged, any other text in quotes. */
export function reactionText(emoji: string): string {
  const isEmoji =
    /^(\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0f|\u20e3|[#*0-9])+$/u
  const shows = /[\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]/u
  return isEmoji.test(emoji) && shows.test(emoji) ? emoji : quoted(emoji)
}
