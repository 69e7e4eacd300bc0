import type { TurnWrites } from '@rookery/message-store'
import { replaced, type Parts } from './parts.ts'

/**
 * A message that says so kills the dispatcher that folds it, at the point that the process was
 * started with.
 */
export const crashWord = 'crash here'

export const crashPoints = ['before-write', 'half-written', 'after-write'] as const
export type CrashPoint = (typeof crashPoints)[number]

/**
 * Dies as `kill -9` does, at one point of the turn that has the word in it. The shortcut, if any,
 * lies around the store that is given.
 */
export function withCrash(parts: Parts, point: CrashPoint): Parts {
  const { store } = parts
  const write = async (writes: TurnWrites): Promise<void> => {
    if (!writes.events.some(({ text }) => text?.content.includes(crashWord) === true))
      return store.write(writes)
    // Writes of a turn reach the store beside each other, so that a later row may be there and an
    // earlier one not.
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
