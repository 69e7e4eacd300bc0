const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** User text as the bytes to store in a BLOB column: unlike TEXT, these keep U+0000. */
export function textToBlob(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The text that `textToBlob` stored. */
export function blobToText(blob: Uint8Array): string {
  return decoder.decode(blob)
}
