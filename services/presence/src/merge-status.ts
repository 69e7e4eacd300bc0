import { leaseMs, type PresenceFacts } from '@rookery/directory'
import { type PresenceUpdate, timeOf } from '@rookery/domain'

/**
 * A user whom others still see, but who is gone or invisible: shown as offline when the grace is
 * over, unless they come back.
 */
export interface Leaving {
  /** When that was noticed. */
  sinceMs: number
  /** The last time they were visibly connected. */
  lastVisibleMs: number | null
}

export interface MergeInput {
  facts: PresenceFacts
  /** What others see so far. */
  seen: PresenceUpdate
  leaving: Leaving | null
  nowMs: number
  graceMs: number
}

export type Merged =
  { kind: 'shown'; update: PresenceUpdate } | { kind: 'leaving'; leaving: Leaving; dueMs: number }

/**
 * What others are to see of a user. Invisible and disconnected take the same way in the same time,
 * so that no one can tell them apart: the grace, then offline since the last report before it
 * began, and nothing more until the user is visible again.
 */
export function mergeStatus({ facts, seen, leaving, nowMs, graceMs }: MergeInput): Merged {
  if (isVisible(facts)) return { kind: 'shown', update: visible(facts, seen) }
  if (seen.status === 'offline') return { kind: 'shown', update: seen }
  const lastVisibleMs = leaving === null ? facts.lastConnectedMs : leaving.lastVisibleMs
  // A grace that began in the future begins now: the clock was set back since.
  const since = { sinceMs: Math.min(leaving?.sinceMs ?? nowMs, nowMs), lastVisibleMs }
  const dueMs = Math.min(since.sinceMs + graceMs, offlineAtLatestMs(facts))
  return nowMs < dueMs
    ? { kind: 'leaving', leaving: since, dueMs }
    : { kind: 'shown', update: offline(since.lastVisibleMs, seen) }
}

/**
 * Whether watchers are told: only what they can see counts, and a new time of being seen online is
 * none of it.
 */
export function looksDifferent(before: PresenceUpdate, after: PresenceUpdate): boolean {
  return before.status !== after.status || before.text !== after.text
}

function isVisible({ connected, choice }: PresenceFacts): boolean {
  return connected && choice?.status !== 'invisible'
}

/** A server that died has used up the time already in which it might have reported again. */
function offlineAtLatestMs({ lastConnectedMs }: PresenceFacts): number {
  return lastConnectedMs === null ? Infinity : lastConnectedMs + leaseMs
}

function visible({ choice, lastConnectedMs }: PresenceFacts, seen: PresenceUpdate): PresenceUpdate {
  const status = choice === null || choice.status === 'invisible' ? 'online' : choice.status
  return {
    userId: seen.userId,
    status,
    ...(choice?.text == null ? {} : { text: choice.text }),
    lastSeen: later(seen.lastSeen, lastConnectedMs),
  }
}

function offline(lastVisibleMs: number | null, seen: PresenceUpdate): PresenceUpdate {
  return {
    userId: seen.userId,
    status: 'offline',
    lastSeen: later(seen.lastSeen, lastVisibleMs),
  }
}

function later(time: string | null, ms: number | null): string | null {
  if (ms === null || (time !== null && Date.parse(time) >= ms)) return time
  return timeOf(ms)
}
