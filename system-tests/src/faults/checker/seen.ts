import { canonicalJson, eventFrame, type EventRow } from '@rookery/domain'
import type { EventView } from '../history.ts'
import type { Violation } from './evidence.ts'
import { eventKey, observations, type Indexed } from './index-evidence.ts'
import type { ChannelTruth } from './truth.ts'

const shownWithinMs = 10_000
const resolvedWithinMs = 30_000

/** A (channel, seq) is the same event in every observation. */
export function oneMeaning(evidence: Indexed): Violation[] {
  const known = new Map<string, Set<string>>()
  const seen = new Set<string>()
  const violations: Violation[] = []
  for (const { who, event } of observations(evidence)) {
    const meaning = meaningOf(event)
    const key = `${eventKey(event.channelId, event.seq)} ${meaning}`
    if (seen.has(key)) continue
    seen.add(key)
    const at = eventKey(event.channelId, event.seq)
    let ought = known.get(at)
    if (ought === undefined) known.set(at, (ought = meaningsOf(evidence, event)))
    if (ought.has(meaning)) continue
    const is = [...ought][0] ?? 'nothing'
    violations.push({ rule: 'one-meaning', text: `${who} was given ${meaning}, the log has ${is}` })
  }
  return violations
}

/** The meanings of an event: with its text and, if the text was erased, without it. */
function meaningsOf({ truth }: Indexed, { channelId, seq }: EventView): Set<string> {
  const channel = truth.channels.get(channelId)
  const row = channel?.rows[seq - 1]
  if (channel === undefined || row === undefined) return new Set()
  const sent: EventRow = { ...row, text: channel.texts[seq - 1] ?? null }
  return new Set([sent, row].map((one) => meaningOf(eventFrame(one) as EventView)))
}

function meaningOf(event: EventView): string {
  if (event.type !== 'channel_created') return canonicalJson(event)
  // The frame shows the channel as of the time at which it is sent: names, statuses, counts.
  const { type, channelId, seq } = event
  return canonicalJson({ type, channelId, seq, by: event['by'], at: event['at'] })
}

/** A user is shown the events of a channel one by one: each seq is the one before + 1. */
export function shownInSteps({ history }: Indexed): Violation[] {
  const last = new Map<string, number>()
  return history.entries.flatMap((entry): Violation[] => {
    if (entry.kind === 'opened') last.set(`${entry.user} ${entry.channelId}`, entry.last)
    if (entry.kind === 'closed') last.delete(`${entry.user} ${entry.channelId}`)
    if (entry.kind !== 'shown') return []
    const { channelId, seq } = entry.event
    const key = `${entry.user} ${channelId}`
    const before = last.get(key)
    last.set(key, seq)
    const text = `${entry.user} was shown ${seq} of ${channelId} after ${before ?? 'it was closed'}`
    return before !== undefined && seq === before + 1 ? [] : [{ rule: 'shown-in-steps', text }]
  })
}

/**
 * For each acknowledged event and each member who stayed until the end: how long after it was due
 * the member was shown it.
 */
export function lateness(
  evidence: Indexed,
): { ms: number; user: string; channelId: string; seq: number }[] {
  const { done, truth, history } = evidence
  const shownAt = new Map<string, { seq: number; at: number }[]>()
  for (const entry of history.entries) {
    if (entry.kind !== 'shown' && entry.kind !== 'opened') continue
    const { channelId, seq } =
      entry.kind === 'shown' ? entry.event : { channelId: entry.channelId, seq: entry.last }
    const key = `${entry.user} ${channelId}`
    const list = shownAt.get(key)
    if (list === undefined) shownAt.set(key, [{ seq, at: entry.at }])
    // Only a higher seq is noted, so that the list ascends and can be searched.
    else if (seq > (list.at(-1)?.seq ?? 0)) list.push({ seq, at: entry.at })
  }
  return done.flatMap(({ outcome, seq, at, operation: { channelId } }) => {
    const channel = truth.channels.get(channelId)
    if (outcome !== 'acked' || seq === null || channel === undefined) return []
    return stayers(channel, seq).map((user) => {
      const shown = firstFrom(shownAt.get(`${user} ${channelId}`) ?? [], seq)
      return { ms: (shown?.at ?? Infinity) - dueFrom(evidence, at), user, channelId, seq }
    })
  })
}

/** The first item of an ascending list that is not below `seq`. */
function firstFrom<T extends { seq: number }>(list: readonly T[], seq: number): T | undefined {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle]?.seq ?? 0) < seq) low = middle + 1
    else high = middle
  }
  return list[low]
}

/** Every acknowledged event is shown to every connected member within 10 s after faults end. */
export function shownInTime(evidence: Indexed): Violation[] {
  const worst = new Map<string, Violation>()
  for (const { ms, user, channelId, seq } of lateness(evidence)) {
    if (ms <= shownWithinMs * evidence.slack || worst.has(`${user} ${channelId}`)) continue
    const when = ms === Infinity ? 'never' : `${Math.round(ms)} ms after it was due`
    const text = `${user} was shown ${seq} of ${channelId} ${when}`
    worst.set(`${user} ${channelId}`, { rule: 'shown-in-time', text })
  }
  return [...worst.values()]
}

/** Every operation has an answer within 30 s after faults end. */
export function resolved(evidence: Indexed): Violation[] {
  return evidence.done.flatMap(({ op, user, operation, outcome, why, at, invokedAt }) => {
    const late = at - dueFrom(evidence, invokedAt) > resolvedWithinMs * evidence.slack
    const open = outcome === null || (outcome === 'unknown' && why === 'closed')
    const text = `${operation.type} ${op} of ${user} ${open ? 'had no answer' : 'was answered late'}`
    return open || late ? [{ rule: 'resolved' as const, text }] : []
  })
}

/**
 * The time from which a bound counts for something that happened at `at`: the end of the faults
 * that it ran into.
 */
function dueFrom({ faults }: Indexed, at: number): number {
  let from = at
  for (const fault of faults)
    if (fault.from - shownWithinMs <= from && fault.to > from) from = fault.to
  return from
}

/** Members from before the event until the end. */
function stayers({ spans }: ChannelTruth, seq: number): string[] {
  return [...spans].flatMap(([user, mine]) => {
    const last = mine.at(-1)
    return last !== undefined && last.leftSeq === null && last.joinedSeq <= seq ? [user] : []
  })
}
