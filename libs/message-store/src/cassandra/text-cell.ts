import type { Text } from '@rookery/domain'

// Not null: a null is a deletion to Cassandra, which has to be carried along and read over for
// days.
const noText = ''

export function textToCell(text: Text | null): string {
  return text === null ? noText : JSON.stringify(text)
}

/** Null also where nothing has been written. */
export function cellToText(cell: string | null): Text | null {
  return cell === null || cell === noText ? null : (JSON.parse(cell) as Text)
}
