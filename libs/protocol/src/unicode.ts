// With the u flag this matches only surrogates that are not part of a pair.
const loneSurrogate = /\p{Cs}/u

/** True for well-formed Unicode without U+0000, which every engine stores and returns unchanged. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && !loneSurrogate.test(text)
}

/** The bytes of `text` in UTF-8. A lone surrogate counts 3 bytes, as U+FFFD does. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.codePointAt(index) as number
    if (code > 0xffff) index++
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code > 0xffff ? 4 : 3
  }
  return bytes
}
