const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A text of a user as the bytes for a BLOB column, which keeps U+0000, unlike TEXT. */
export function textToBlob(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The text that `textToBlob` stored. */
export function blobToText(blob: Uint8Array): string {
  return decoder.decode(blob)
}
