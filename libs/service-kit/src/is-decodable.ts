/**
 * True if every `%` escape of a query is a byte, and the bytes are UTF-8. From another query, a
 * handler would get U+FFFD or undecoded text. Example: `a=%C3%BC` is decodable, `a=%C3` is not.
 */
export function isDecodable(query: string): boolean {
  try {
    decodeURIComponent(query)
    return true
  } catch {
    return false
  }
}
