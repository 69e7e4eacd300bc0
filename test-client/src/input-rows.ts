import { graphemesOf, piecesOf, widestOf } from './text-width.ts'
import { visibleLines } from './visible.ts'

export interface InputRows {
  rows: string[]
  /** The row of the cursor, and the text before the cursor in it. */
  cursorRow: number
  beforeCursor: string
}

/**
 * Breaks the typed text into rows that fit, so that the terminal never has to. The number of drawn
 * rows is then known, whatever width the terminal gives to a character.
 */
export function inputRows(
  prompt: string,
  text: string,
  cursor: number,
  columns: number,
  maxRows: number,
): InputRows {
  const rows = ['']
  let row = 0
  let width = 0
  const breakRow = () => {
    row = rows.push('') - 1
    width = 0
  }
  const put = (piece: string, pieceWidth: number) => {
    if (width > 0 && width + pieceWidth > columns) breakRow()
    rows[row] += piece
    width += pieceWidth
  }
  for (const piece of piecesOf(prompt)) put(piece, widestOf(piece))
  let cursorRow = -1
  let beforeCursor = ''
  const noteCursor = () => {
    cursorRow = row
    beforeCursor = rows[row] ?? ''
  }
  let index = 0
  for (const grapheme of graphemesOf(text)) {
    const shown = visibleLines(grapheme)
    const shownWidth = shown === '\n' ? 1 : widestOf(shown)
    if (width + shownWidth > columns) breakRow()
    if (index === cursor) noteCursor()
    if (shown === '\n') breakRow()
    else put(shown, shownWidth)
    index += grapheme.length
  }
  if (cursorRow < 0) {
    if (width >= columns) breakRow()
    noteCursor()
  }
  const first = Math.max(0, Math.min(cursorRow - maxRows + 1, rows.length - maxRows))
  return { rows: rows.slice(first, first + maxRows), cursorRow: cursorRow - first, beforeCursor }
}
