/**
 * More digits than the largest 64-bit float has. A longer number is refused unread, so that a long
 * run of zeros costs no time.
 */
const maxNumberLength = 400
const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\],:]/gu

/**
 * The reason why this JSON would not come back as it was sent, or null. `JSON.parse` rounds numbers
 * that a 64-bit float cannot hold, and keeps only the last of two equal keys. `text` is valid JSON
 * already, so its tokens are enough. No library is used: those that were tried recurse, or accept a
 * key that occurs twice with the same value.
 */
export function inexactness(text: string): string | null {
  /** The keys of each open object; null for an array. */
  const open: (Set<string> | null)[] = []
  let keyNext = false
  for (const [token] of text.matchAll(tokens)) {
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : null)
    else if (token === '}' || token === ']') open.pop()
    else if (keyNext) {
      if (hasKey(open.at(-1), JSON.parse(token) as string)) return 'must not hold a key twice'
    } else if (/^[-\d]/.test(token) && !isExact(token))
      return 'must hold numbers that a 64-bit float keeps exactly; send others as text'
    keyNext = token === '{' || (token === ',' && open.at(-1) instanceof Set)
  }
  return null
}

function hasKey(keys: Set<string> | null | undefined, key: string): boolean {
  if (keys?.has(key) === true) return true
  keys?.add(key)
  return false
}

/** True if JSON.stringify would write the number that was sent, in any spelling. */
function isExact(number: string): boolean {
  if (number.length > maxNumberLength) return false
  return decimalOf(number) === decimalOf(String(Number(number)))
}

/** Significant digits and exponent: `1.10`, `11e-1` and `1.1` are all `11e-1`. */
function decimalOf(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  const shift = digits.length - significant.length - fraction.length
  return `${sign}${significant}e${BigInt(exponent) + BigInt(shift)}`
}
