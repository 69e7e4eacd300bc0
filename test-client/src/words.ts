/** Splits a command's arguments: words, or "several words" in double quotes (`\"` inside). */
export function splitWords(text: string): string[] {
  const words: string[] = []
  for (const [, quoted, bare] of text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)) {
    words.push(quoted === undefined ? (bare ?? '') : quoted.replaceAll(/\\(.)/g, '$1'))
  }
  return words
}

export interface ParsedLine {
  /** Without the slash, in lower case; null: a text for the current room. */
  command: string | null
  /** Everything after the command, as typed. */
  rest: string
  words: string[]
}

/**
 * A line that begins with `/` is a command. A line that begins with `//` is a text with one slash.
 */
export function parseLine(line: string): ParsedLine {
  if (!line.startsWith('/') || line.startsWith('//')) {
    return { command: null, rest: line.startsWith('//') ? line.slice(1) : line, words: [] }
  }
  const [, command = '', rest = ''] = /^\/(\S*)\s*(.*)$/s.exec(line) ?? []
  return { command: command.toLowerCase(), rest, words: splitWords(rest) }
}
