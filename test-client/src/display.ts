import type { Writable } from 'node:stream'

/** A terminal to write to, such as process.stdout. */
export interface TerminalOutput extends Writable {
  columns?: number
  rows?: number
}

export interface DisplayEvents {
  onLine(line: string): void
  /** Called when a key has changed the line. */
  onTyping(line: string): void
  /** Called when no more keys will come. */
  onEnd(): void
}

/** The place where a person reads and types. */
export interface Display {
  print(text: string): void
  /** Replaces the lines that stay above the prompt. */
  stay(lines: readonly string[]): void
  prompt(text: string): void
  /** Asks for a line. The line is not kept, and not shown if `hidden`. Null: closed instead. */
  ask(question: string, hidden: boolean): Promise<string | null>
  close(): void
}

/** A terminal that does not know its size reports 0. */
export function columnsOf({ columns = 0 }: TerminalOutput): number {
  return columns === 0 ? 80 : Math.max(2, columns)
}

export function rowsOf({ rows = 0 }: TerminalOutput): number {
  return rows === 0 ? 24 : rows
}
