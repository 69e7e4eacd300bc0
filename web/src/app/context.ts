import type { Store } from '@rookery/client/store'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Dates } from './dates.ts'
import type { Session } from './session.ts'
import type { Texts } from './texts/en.ts'

/** What every part of the app needs. */
export interface App {
  readonly store: Store
  readonly session: Session
  readonly texts: Texts
  readonly dates: Dates
  readonly language: string
  /** Shows a short note, and says it to screen readers. */
  toast: (text: string) => void
  /** Shows why something failed. */
  fail: (error: unknown) => void
  /** Goes to a channel, or to one message of it. */
  open: (channelId: string, seq?: number) => void
  setLanguage: (language: string) => void
}

export const AppContext = createContext<App | null>(null)

export function useApp(): App {
  const app = useContext(AppContext)
  if (app === null) throw new Error('used outside the app')
  return app
}
