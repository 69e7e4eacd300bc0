/**
 * Whether a query stands for text: every escape is a byte, and the bytes are UTF-8. Others would be
 * read as U+FFFD, or as they stand.
 */
export function isDecodable(query: string): boolean {
  try {
    decodeURIComponent(query)
    return true
  } catch {
    return false
  }
}
