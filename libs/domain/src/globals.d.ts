// What the pure code needs of its platform. The rest of the platform's types stay out on purpose.
declare class TextDecoder {
  constructor(encoding: 'utf-8', options: { fatal: boolean })
  decode(bytes: Uint8Array): string
}
declare class TextEncoder {
  encode(text: string): Uint8Array
}
declare module 'node:crypto' {
  function hash(algorithm: 'sha256', text: string, encoding: 'hex'): string
}
