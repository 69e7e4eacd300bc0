import stringWidth from 'string-width'

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const escapes = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'gu')
/** Invisible, but some terminals give it a cell. */
const isolates = /[\u2066-\u2069]/u

/** The characters that a person sees: a flag, a family or a letter with its marks counts as one. */
export function graphemesOf(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/**
 * The most columns that a text may take. Terminals disagree about joined characters: one draws a
 * family in 2 columns, another draws its members side by side in 6.
 */
export function widestOf(text: string): number {
  const plain = text.replaceAll(escapes, '')
  if (/^[\u0020-\u007e]*$/u.test(plain)) return plain.length
  return graphemesOf(plain).reduce((sum, grapheme) => sum + widthOfGrapheme(grapheme), 0)
}

function widthOfGrapheme(grapheme: string): number {
  let apart = 0
  for (const character of grapheme) {
    apart += isolates.test(character) ? 1 : stringWidth(character)
  }
  return Math.max(stringWidth(grapheme), apart)
}

/** The text without colours, cut to at most this many columns. */
export function cutTo(text: string, columns: number): string {
  const plain = text.replaceAll(escapes, '')
  if (widestOf(plain) <= columns) return text
  let kept = ''
  let taken = 1
  for (const grapheme of graphemesOf(plain)) {
    taken += widthOfGrapheme(grapheme)
    if (taken > columns) break
    kept += grapheme
  }
  return columns < 1 ? '' : `${kept}…`
}

/** On a narrower screen, a margin would leave no room for the text. */
const minColumnsForMargin = 6

/**
 * Breaks a text into rows of at most this many columns, at spaces where possible. Every row but the
 * first begins with `margin`, so that no row of a text can look like a line of its own.
 */
export function wrap(text: string, columns: number, margin: string): string {
  const indent = columns < minColumnsForMargin ? '' : margin
  return text
    .split('\n')
    .flatMap((line, index) => wrapLine(line, columns, indent, index === 0 ? '' : indent))
    .join('\n')
}

function wrapLine(line: string, columns: number, indent: string, first: string): string[] {
  const rows: string[] = []
  let row = first
  let width = widestOf(first)
  const breakRow = () => {
    rows.push(row.trimEnd())
    row = indent
    width = widestOf(indent)
  }
  for (const word of line.match(/\s+|\S+/gu) ?? []) {
    const wordWidth = widestOf(word)
    const fitsHere = width + wordWidth <= columns
    const isBlank = word.trim() === ''
    if (!fitsHere && (isBlank || wordWidth <= columns - widestOf(indent))) breakRow()
    // A row need not begin with the blank at which the text was broken.
    if (!fitsHere && isBlank) continue
    for (const piece of piecesOf(word)) {
      const pieceWidth = widestOf(piece)
      if (width + pieceWidth > columns && pieceWidth < columns) breakRow()
      row += piece
      width += pieceWidth
    }
  }
  return [...rows, row]
}

/** Graphemes and whole colour codes. */
export function piecesOf(word: string): string[] {
  const pieces: string[] = []
  let end = 0
  for (const { 0: code, index } of word.matchAll(escapes)) {
    pieces.push(...graphemesOf(word.slice(end, index)), code)
    end = index + code.length
  }
  return [...pieces, ...graphemesOf(word.slice(end))]
}
