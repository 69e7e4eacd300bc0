// The one web-platform global the pure code needs; the rest of the platform's types stay out of it
// on purpose.
declare class TextDecoder {
  constructor(encoding: 'utf-8', options: { fatal: boolean })
  decode(bytes: Uint8Array): string
}
