/** A Java properties file. The values here need no escaping. */
export function properties(settings: Record<string, unknown>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${String(value)}\n`)
    .join('')
}
