import type { Text } from '@rookery/domain'

// Not null: Cassandra stores a null as a deletion, which it keeps and reads over for days.
const noText = ''

export function textToCell(text: Text | null): string {
  return text === null ? noText : JSON.stringify(text)
}

/** Also null if nothing was ever written. */
export function cellToText(cell: string | null): Text | null {
  return cell === null || cell === noText ? null : (JSON.parse(cell) as Text)
}
