import type { Violation } from './evidence.ts'
import { eventKey, type Indexed } from './index-evidence.ts'
import { wasMember, type ChannelTruth, type Span } from './truth.ts'

/**
 * A removed member can read or write for at most 10 s, whatever is down (ARCHITECTURE.md, "What
 * must stay true").
 */
const windowMs = 10_000
/** For differences between this clock and the log's, and for delays of this process. */
const graceMs = 2_000

/** No user is shown events of a channel of which the user is no member. */
export function noRightToSee(evidence: Indexed): Violation[] {
  const { history, truth, readings, pages } = evidence
  const violations: Violation[] = []
  const leak = (user: string, channelId: string, what: string): void => {
    const text = `${user} was shown ${what} of ${channelId} without being a member`
    violations.push({ rule: 'no-right-to-see', text })
  }
  const left = new Set<string>()
  for (const entry of history.entries) {
    if (entry.kind === 'opened') left.delete(`${entry.user} ${entry.channelId}`)
    if (entry.kind === 'closed') left.add(`${entry.user} ${entry.channelId}`)
    if (entry.kind === 'read') {
      const channel = truth.channels.get(entry.channelId)
      if (channel !== undefined && !mayAt(evidence, channel, entry.user, entry.from))
        leak(entry.user, entry.channelId, 'a page')
    }
    if (entry.kind !== 'shown' && entry.kind !== 'received') continue
    const { user, at, event } = entry
    const channel = truth.channels.get(event.channelId)
    if (channel === undefined) continue
    const afterwards =
      entry.kind === 'received' && entry.via === 'push' && left.has(`${user} ${event.channelId}`)
    // After `channel_left` a user is pushed no later event, not even within the 10 s.
    if (afterwards && !wasMember(channel, user, event.seq))
      leak(user, event.channelId, `${event.seq}`)
    else if (!mayAt(evidence, channel, user, at)) leak(user, event.channelId, `${event.seq}`)
  }
  for (const { user, channelId } of [...readings, ...pages]) {
    const spans = truth.channels.get(channelId)?.spans.get(user) ?? []
    if (spans.at(-1)?.leftSeq !== null) leak(user, channelId, 'all')
  }
  return violations
}

/**
 * True if the user was a member at this time of the history's clock, or less than 10 s before it.
 */
function mayAt(evidence: Indexed, channel: ChannelTruth, user: string, at: number): boolean {
  const spans = channel.spans.get(user) ?? []
  return spans.some((span) => {
    const joined = loggedAt(evidence, channel, span.joinedSeq) - graceMs
    return at >= joined && at <= endOf(evidence, channel, span) + windowMs + graceMs
  })
}

function endOf({ firstSeen }: Indexed, { channelId }: ChannelTruth, { leftSeq }: Span): number {
  if (leftSeq === null) return Infinity
  // A removal that no user saw may not have been folded yet.
  return firstSeen.get(eventKey(channelId, leftSeq)) ?? Infinity
}

function loggedAt({ clockOffsetMs }: Indexed, { rows }: ChannelTruth, seq: number): number {
  return (rows[seq - 1]?.sentAtMs ?? 0) - clockOffsetMs
}

/** Only members change a channel, and removed members for 10 s after the removal. */
export function noRightToWrite(evidence: Indexed): Violation[] {
  return [...evidence.truth.channels.values()].flatMap((channel) =>
    channel.rows.flatMap(({ user, seq, body }): Violation[] => {
      // A user who joins is no member before.
      if (body.type === 'participant_joined' && body.username === user) return []
      if (wasMember(channel, user, seq)) return []
      const at = loggedAt(evidence, channel, seq)
      const text = `${user} made ${seq} of ${channel.channelId} without being a member`
      return mayAt(evidence, channel, user, at) ? [] : [{ rule: 'no-right-to-write', text }]
    }),
  )
}

/** In a run with one log and honest users, no channel is reset and no user is turned away. */
export function neverReset({ history }: Indexed): Violation[] {
  return history.entries.flatMap((entry): Violation[] => {
    if (entry.kind === 'reset')
      return [{ rule: 'never-reset', text: `${entry.channelId} of ${entry.user} was reset` }]
    if (entry.kind === 'turned-away')
      return [{ rule: 'never-turned-away', text: `${entry.user} was turned away: ${entry.code}` }]
    return []
  })
}
