import { graphemesOf } from './text-width.ts'

/**
 * Splits a text into messages of at most this many code points, at the ends of lines where
 * possible.
 */
export function splitText(
  text: string,
  maxCodePoints: number = Number.POSITIVE_INFINITY,
): string[] {
  if (text.length <= maxCodePoints || lengthOf(text) <= maxCodePoints) return [text]
  const messages: string[] = []
  let message = ''
  let length = 0
  for (const piece of text.split(/(?<=\n)/u).flatMap((line) => fitting(line, maxCodePoints))) {
    const pieceLength = lengthOf(piece)
    if (length + pieceLength > maxCodePoints) {
      messages.push(message)
      message = ''
      length = 0
    }
    message += piece
    length += pieceLength
  }
  // The server refuses blank messages.
  return [...messages, message]
    .map((one) => one.replace(/\n$/u, ''))
    .filter((one) => one.trim() !== '')
}

/** A line, or its characters if it does not fit into a message. */
function fitting(line: string, maxCodePoints: number): string[] {
  if (lengthOf(line) <= maxCodePoints) return [line]
  return graphemesOf(line).flatMap((grapheme) =>
    lengthOf(grapheme) <= maxCodePoints ? [grapheme] : Array.from(grapheme),
  )
}

function lengthOf(text: string): number {
  return Array.from(text).length
}
