/**
 * True if a query encodes text: every escape is a byte, and the bytes are UTF-8. Other queries
 * would be read with U+FFFD, or undecoded.
 */
export function isDecodable(query: string): boolean {
  try {
    decodeURIComponent(query)
    return true
  } catch {
    return false
  }
}
