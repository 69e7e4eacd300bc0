/** An emoji with its English name and other words, such as `['👍', 'thumbs up', '+1 good']`. */
export type Emoji = readonly [emoji: string, name: string, words: string]

let loading: Promise<readonly Emoji[]> | null = null

/** All emoji, in the order of Unicode. Loaded when it is asked for first. */
export function allEmoji(): Promise<readonly Emoji[]> {
  loading ??= import('../generated/emoji.json').then(
    ({ default: table }) => table as unknown as Emoji[],
  )
  return loading
}

/** Those whose name has words that begin like the words of the query, at most `limit`. */
export function findEmoji(table: readonly Emoji[], query: string, limit: number): Emoji[] {
  const words = query
    .toLowerCase()
    .split(/[\s_]+/u)
    .filter(Boolean)
  const found: Emoji[] = []
  for (const each of table) {
    const names = `${each[1]} ${each[2]}`.split(/[\s:-]+/u)
    if (words.every((word) => names.some((name) => name.startsWith(word)))) found.push(each)
    if (found.length === limit) break
  }
  return found
}
