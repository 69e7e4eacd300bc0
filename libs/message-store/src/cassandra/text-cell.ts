import type { Text } from '@rookery/domain'

// Not null: Cassandra stores a null as a tombstone, which reads have to skip for days.
const noText = ''

export function textToCell(text: Text | null): string {
  return text === null ? noText : JSON.stringify(text)
}

/** Null if the cell holds no text, or was never written. */
export function cellToText(cell: string | null): Text | null {
  return cell === null || cell === noText ? null : (JSON.parse(cell) as Text)
}
