import type { Violation } from './evidence.ts'
import { eventKey, type Indexed } from './index-evidence.ts'
import { wasMember, type ChannelTruth, type Span } from './truth.ts'

/** DESIGN: a removed member can read or write for at most 10 s, whatever is down. */
const windowMs = 10_000
/** Of the machine's clock against the log's, and of this process's own event loop. */
const graceMs = 2_000

/** Nobody is shown what they have no right to. */
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
    // Whoever was told that it is over is pushed nothing from behind it, not even within the 10 s.
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
 * Whether the user was a member at a moment of the history's clock, or had been one less than 10 s
 * before.
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
  // What nobody saw may not have been folded yet.
  return firstSeen.get(eventKey(channelId, leftSeq)) ?? Infinity
}

function loggedAt({ clockOffsetMs }: Indexed, { rows }: ChannelTruth, seq: number): number {
  return (rows[seq - 1]?.sentAtMs ?? 0) - clockOffsetMs
}

/** Nobody changes a channel of which they are no member, but for the 10 s after a removal. */
export function noRightToWrite(evidence: Indexed): Violation[] {
  return [...evidence.truth.channels.values()].flatMap((channel) =>
    channel.rows.flatMap(({ user, seq, body }): Violation[] => {
      // Joining is how one becomes a member.
      if (body.type === 'participant_joined' && body.username === user) return []
      if (wasMember(channel, user, seq)) return []
      const at = loggedAt(evidence, channel, seq)
      const text = `${user} made ${seq} of ${channel.channelId} without being a member`
      return mayAt(evidence, channel, user, at) ? [] : [{ rule: 'no-right-to-write', text }]
    }),
  )
}

/** The log is the same and nobody did wrong: no cache is ever voided, nobody is sent away. */
export function neverReset({ history }: Indexed): Violation[] {
  return history.entries.flatMap((entry): Violation[] => {
    if (entry.kind === 'reset')
      return [
        { rule: 'never-reset', text: `${entry.user}'s cache of ${entry.channelId} was voided` },
      ]
    if (entry.kind === 'turned-away')
      return [{ rule: 'never-turned-away', text: `${entry.user} was sent away: ${entry.code}` }]
    return []
  })
}
