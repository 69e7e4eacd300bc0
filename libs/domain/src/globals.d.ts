// The one web-platform global that the pure code needs. The rest of the platform's types stay out
// on purpose.
declare class TextDecoder {
  constructor(encoding: 'utf-8', options: { fatal: boolean })
  decode(bytes: Uint8Array): string
}
