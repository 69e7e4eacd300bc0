import { canonicalJson, eventFrame } from '@rookery/domain'
import type { EventView, ReadMessage } from '../history.ts'
import type { Violation } from './evidence.ts'
import type { Indexed } from './index-evidence.ts'
import type { ChannelTruth } from './truth.ts'

/** A history that is read after any user saw event n has all messages up to n. */
export function historyHasWhatWasSeen({ history, truth, done }: Indexed): Violation[] {
  const highest = new Map<string, number>()
  const channelOf = new Map(done.map(({ op, operation }) => [op, operation.channelId]))
  const moments: { at: number; run: () => Violation[] }[] = []
  const see = (channelId: string, seq: number): Violation[] => {
    highest.set(channelId, Math.max(highest.get(channelId) ?? 0, seq))
    return []
  }
  for (const entry of history.entries) {
    const { at } = entry
    if (entry.kind === 'shown')
      moments.push({ at, run: () => see(entry.event.channelId, entry.event.seq) })
    if (entry.kind === 'acked' && entry.seq !== null) {
      const { seq } = entry
      moments.push({ at, run: () => see(channelOf.get(entry.op) ?? '', seq) })
    }
    if (entry.kind !== 'read') continue
    const { channelId, user, head, messages, from } = entry
    moments.push({
      at: from,
      run: () => {
        const seen = highest.get(channelId) ?? 0
        const missing = missingIn(truth.channels.get(channelId), messages, head, seen)
        const text = `${user} read ${channelId} up to ${head} without ${missing}, after ${seen} was seen`
        return missing === null ? [] : [{ rule: 'history-has-what-was-seen', text }]
      },
    })
  }
  return moments.sort((a, b) => a.at - b.at).flatMap(({ run }) => run())
}

/**
 * The first seq that the newest page ought to have and does not have. It ought to have every
 * message up to the highest seq that was seen, and up to its own last one.
 */
function missingIn(
  channel: ChannelTruth | undefined,
  messages: readonly ReadMessage[],
  head: number,
  seen: number,
): number | null {
  if (head < seen) return seen
  const has = new Set(messages.map(({ seq }) => seq))
  const first = messages.length < 100 ? 1 : (messages[0]?.seq ?? 1)
  const last = Math.max(seen, messages.at(-1)?.seq ?? 0)
  for (const { seq, body } of channel?.rows ?? [])
    if (seq >= first && seq <= last && body.type === 'chat_message' && !has.has(seq)) return seq
  return null
}

/** Every member reads the same events through every server: those to which the log folds. */
export function readingsAgree({ readings, truth }: Indexed): Violation[] {
  const ought = new Map(
    [...truth.channels].map(([channelId, { rows }]) => [
      channelId,
      rows.map((row) => comparable(eventFrame(row) as EventView)),
    ]),
  )
  return readings.flatMap(({ channelId, user, by, events }): Violation[] => {
    const expected = ought.get(channelId) ?? []
    const length = Math.max(expected.length, events.length)
    for (let i = 0; i < length; i += 1) {
      const event = events[i]
      const is = event === undefined ? 'nothing' : comparable(event)
      const text = `${channelId} ${i + 1}: ${user} reads ${is} through ${by}, the log has ${expected[i] ?? 'nothing'}`
      if (is !== expected[i]) return [{ rule: 'readings-agree', text }]
    }
    return []
  })
}

function comparable(event: EventView): string {
  const { channel: _asItIsNow, ...rest } = event
  return canonicalJson(rest)
}

/** Messages as they are now: last text, deletion, reactions. */
export function asItIsNow({ pages, truth }: Indexed): Violation[] {
  const ought = new Map([...truth.channels].map(([id, channel]) => [id, nowOf(channel)]))
  return pages.flatMap(({ channelId, user, by, messages }): Violation[] => {
    const expected = ought.get(channelId) ?? []
    const length = Math.max(expected.length, messages.length)
    for (let i = 0; i < length; i += 1) {
      const [is, should] = [viewOf(messages[i]), expected[i] ?? 'nothing']
      const text = `${channelId}: ${user} reads ${is} through ${by}, it ought to be ${should}`
      if (is !== should) return [{ rule: 'as-it-is-now', text }]
    }
    return []
  })
}

function viewOf(message: ReadMessage | undefined): string {
  if (message === undefined) return 'nothing'
  const { seq, content, reactions = {}, editedAt, deletedAt } = message
  const deleted = deletedAt !== undefined
  const shown = deleted ? {} : { content: content ?? '', edited: editedAt !== undefined }
  return canonicalJson({ seq, deleted, reactions: ordered(reactions), ...shown })
}

function nowOf({ rows, texts, deleted }: ChannelTruth): string[] {
  const last = new Map<number, { content: string; edited: boolean }>()
  const reactions = new Map<number, Map<string, Set<string>>>()
  for (const [index, { seq, body, user }] of rows.entries()) {
    const content = texts[index]?.content ?? ''
    if (body.type === 'chat_message') last.set(seq, { content, edited: false })
    if (body.type === 'message_edited' && body.targetSeq < seq && last.has(body.targetSeq))
      last.set(body.targetSeq, { content, edited: true })
    if (body.type !== 'reaction_added' && body.type !== 'reaction_removed') continue
    const ofMessage = reactions.get(body.targetSeq) ?? new Map<string, Set<string>>()
    const who = ofMessage.get(body.emoji) ?? new Set()
    if (body.type === 'reaction_added') who.add(user)
    else who.delete(user)
    reactions.set(body.targetSeq, ofMessage.set(body.emoji, who))
  }
  return [...last].map(([seq, shown]) => {
    const some = [...(reactions.get(seq) ?? [])].filter(([, who]) => who.size > 0)
    const sorted = ordered(Object.fromEntries(some.map(([emoji, who]) => [emoji, [...who]])))
    return canonicalJson(
      deleted.has(seq)
        ? { seq, deleted: true, reactions: {} }
        : { seq, deleted: false, reactions: sorted, ...shown },
    )
  })
}

function ordered(reactions: unknown): Record<string, string[]> {
  const entries = Object.entries(reactions as Record<string, string[]>)
  return Object.fromEntries(entries.map(([emoji, who]) => [emoji, [...who].sort()]))
}

/**
 * Unread counts equal a recount. Read marks are where users moved them, and never below a message
 * of their own.
 */
export function unread({ listings, truth, done }: Indexed): Violation[] {
  const marks = new Map<string, number>()
  const raise = (user: string, channelId: string, seq: number): void => {
    const key = `${user} ${channelId}`
    marks.set(key, Math.max(marks.get(key) ?? 0, seq))
  }
  for (const { outcome, operation, user } of done)
    if (outcome === 'acked' && operation.type === 'mark_channel_read')
      raise(user, operation.channelId, operation.seq)
  for (const { channelId, rows, spans } of truth.channels.values()) {
    for (const { user, seq, body } of rows)
      if (body.type === 'chat_message') raise(user, channelId, seq)
    for (const [user, mine] of spans) raise(user, channelId, mine.at(-1)?.joinedSeq ?? 0)
  }
  return listings.flatMap(({ user, by, channels }) =>
    channels.flatMap(({ channelId, unread: listed, lastReadSeq, head }): Violation[] => {
      const channel = truth.channels.get(channelId)
      if (channel === undefined) return []
      const ought = marks.get(`${user} ${channelId}`) ?? 0
      const recounted = channel.rows.filter(
        (row) => row.body.type === 'chat_message' && row.user !== user && row.seq > lastReadSeq,
      ).length
      const wrong = [
        ...(head === channel.rows.length ? [] : [`head ${head} of ${channel.rows.length}`]),
        ...(lastReadSeq === ought ? [] : [`a mark at ${lastReadSeq}, it was moved to ${ought}`]),
        ...(listed === recounted ? [] : [`${listed} unread, there are ${recounted}`]),
      ]
      return wrong.map((what) => ({
        rule: 'unread',
        text: `${channelId} is listed for ${user} through ${by} with ${what}`,
      }))
    }),
  )
}
