const hues = [12, 40, 90, 150, 190, 220, 265, 320]

/** The first letters of a name on a colour of its own. */
export function Avatar({ name, status }: { name: string; status?: string | undefined }) {
  let sum = 0
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973
  return (
    <span class={`avatar hue-${hues[sum % hues.length]}`} aria-hidden="true">
      {initials(name)}
      {status !== undefined && <span class={`dot ${status}`} />}
    </span>
  )
}

function initials(name: string): string {
  const words = name.split(/[\s._-]+/u).filter(Boolean)
  const letters = (words.length > 1 ? words.slice(0, 2) : [name]).map(([...text]) => text[0] ?? '')
  return letters.join('').toUpperCase() || '?'
}
