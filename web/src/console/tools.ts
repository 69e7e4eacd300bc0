import type { RookeryError } from '@rookery/client'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Session } from '../app/session.ts'

export interface Console {
  readonly session: Session
  /** Shows a line to the user, and says it to screen readers. */
  say: (text: string) => void
  fail: (error: unknown) => void
}

export const ConsoleContext = createContext<Console | null>(null)

export function useConsole(): Console {
  const console = useContext(ConsoleContext)
  if (console === null) throw new Error('used outside the console')
  return console
}

/** `code: message`, as the server says it. The console's users read protocol terms. */
export function describe(error: unknown): string {
  const { code, message } = error as Partial<RookeryError>
  return code === undefined ? String(message ?? error) : `${code}: ${message}`
}

/** The time to wait that an error names, in milliseconds; null if it may not be repeated. */
export function waitOf(error: unknown): number | null {
  const { retryAfterMs, code } = error as Partial<RookeryError>
  return retryAfterMs ?? (code === 'network' ? 1_000 : null)
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
