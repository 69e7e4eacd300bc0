/**
 * JSON with object keys in code-unit order, no white space and no `undefined`: equal values give
 * equal bytes.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  // Built by hand, because every message passes here twice.
  let json = ''
  for (const key of sortedKeys(value)) {
    const member: unknown = (value as Record<string, unknown>)[key]
    if (member === undefined) continue
    json += `${json === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`
  }
  return `{${json}}`
}

function sortedKeys(value: object): string[] {
  const keys = Object.keys(value)
  const isSorted = keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') < key)
  return isSorted ? keys : keys.sort((a, b) => (a < b ? -1 : 1))
}
