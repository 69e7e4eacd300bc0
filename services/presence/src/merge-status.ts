import { leaseMs, type PresenceFacts } from '@rookery/directory'
import { type PresenceUpdate, timeOf } from '@rookery/domain'

/**
 * A user who is disconnected or invisible, but within the grace: others still see the old status.
 * After the grace they see offline, unless the user comes back.
 */
export interface Leaving {
  /** When presence noticed it: the grace begins then. */
  sinceMs: number
  /** The last time that the user was connected and not invisible. */
  lastVisibleMs: number | null
}

export interface MergeInput {
  facts: PresenceFacts
  /** The status that others see so far. */
  seen: PresenceUpdate
  leaving: Leaving | null
  nowMs: number
  graceMs: number
}

export type Merged =
  { kind: 'shown'; update: PresenceUpdate } | { kind: 'leaving'; leaving: Leaving; dueMs: number }

/**
 * Decides which status others see of a user. Others must not be able to tell an invisible user from
 * a disconnected one, so both take the same steps at the same times:
 * 1. During the grace, others see the old status.
 * 2. Then they see offline, last seen at the last report before the grace began.
 * 3. Nothing changes until the user is visible again.
 */
export function mergeStatus({ facts, seen, leaving, nowMs, graceMs }: MergeInput): Merged {
  if (isVisible(facts)) return { kind: 'shown', update: visible(facts, seen) }
  if (seen.status === 'offline') return { kind: 'shown', update: seen }
  const lastVisibleMs = leaving === null ? facts.lastConnectedMs : leaving.lastVisibleMs
  // A grace that began in the future begins now: the clock was set back.
  const since = { sinceMs: Math.min(leaving?.sinceMs ?? nowMs, nowMs), lastVisibleMs }
  const dueMs = Math.min(since.sinceMs + graceMs, offlineAtLatestMs(facts))
  return nowMs < dueMs
    ? { kind: 'leaving', leaving: since, dueMs }
    : { kind: 'shown', update: offline(since.lastVisibleMs, seen) }
}

/**
 * Whether watchers get an update. They get one for a new status or text, but not for a new
 * `lastSeen` of an online user.
 */
export function looksDifferent(before: PresenceUpdate, after: PresenceUpdate): boolean {
  return before.status !== after.status || before.text !== after.text
}

function isVisible({ connected, choice }: PresenceFacts): boolean {
  return connected && choice?.status !== 'invisible'
}

/** The end of the last report's lease: no server holds the user afterwards, so no grace is left. */
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
