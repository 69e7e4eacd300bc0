import { RookeryError } from '@rookery/client'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Session } from '../app/session.ts'

export interface Console {
  readonly session: Session
  /** Shows a line to the user for some seconds, and says it to screen readers. */
  say: (text: string) => void
  /** Shows what went wrong until the user closes it. */
  fail: (error: unknown) => void
}

export const ConsoleContext = createContext<Console | null>(null)

export function useConsole(): Console {
  const console = useContext(ConsoleContext)
  if (console === null) throw new Error('used outside the console')
  return console
}

/**
 * The device of all sockets of the console: whoever uses it in several tabs needs one device of the
 * few that a user may have.
 */
export const consoleDevice = 'rookery-console'

/** `code: message`, as the server says it. The console's users read protocol terms. */
export function describe(error: unknown): string {
  if (error instanceof RookeryError) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}

/** True if the same call would be refused again. */
export function isRefusal(error: unknown): boolean {
  return error instanceof RookeryError && error.code === 'forbidden'
}
