import type { TurnWrites } from '@rookery/message-store'
import { replaced, type Parts } from './parts.ts'

/**
 * A message with these words kills the dispatcher that folds it, at the crash point that the
 * process was started with.
 */
export const crashWord = 'crash here'

export const crashPoints = ['before-write', 'half-written', 'after-write'] as const
export type CrashPoint = (typeof crashPoints)[number]

/**
 * Kills the process as `kill -9` does, at one point of the turn that folds the crash word. A
 * shortcut may wrap the given store, or the result.
 */
export function withCrash(parts: Parts, point: CrashPoint): Parts {
  const { store } = parts
  const write = async (writes: TurnWrites): Promise<void> => {
    if (!writes.events.some(({ text }) => text?.content.includes(crashWord) === true))
      return store.write(writes)
    // The writes of a turn reach the store in parallel, so a later row may be stored without an
    // earlier one.
    if (point === 'half-written')
      await store.write({
        ...nothing,
        events: writes.events.slice(-1),
        sessions: writes.sessions.slice(-1),
      })
    if (point === 'after-write') await store.write(writes)
    process.kill(process.pid, 'SIGKILL')
  }
  return { ...parts, store: replaced(store, { write }) }
}

const nothing: TurnWrites = {
  events: [],
  sessions: [],
  heads: [],
  channels: [],
  members: [],
  texts: [],
  deletions: [],
  reactions: [],
  erasures: [],
}
