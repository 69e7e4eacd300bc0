import { canonicalJson } from '@rookery/domain'
import { isSingular } from '../operation.ts'
import type { Violation } from './evidence.ts'
import type { Done, Indexed } from './index-evidence.ts'
import { wasMember, type Truth } from './truth.ts'

/** Every acknowledged operation is exactly one event, under the seq that was acknowledged. */
export function ackedIsStored({ done, seqsOf, truth }: Indexed): Violation[] {
  return done.flatMap(({ outcome, effect, operation, seq, user, op }) => {
    if (outcome !== 'acked' || effect === null) return []
    const at = seqsOf.get(effect) ?? []
    const text = `${operation.type} ${op} of ${user} was acknowledged as ${seq ?? 'done'}`
    const wrong = (is: string): Violation[] => [
      { rule: 'acked-is-stored', text: `${text} and ${is}` },
    ]
    if (seq !== null)
      return truth.channels.get(operation.channelId)?.effects[seq - 1] === effect
        ? []
        : wrong(at.length === 0 ? 'is lost' : `is stored as ${at.join()}`)
    // A redundant join makes no event.
    return at.length > 0 || operation.type === 'join_channel' ? [] : wrong('is lost')
  })
}

/**
 * An operation with a final error took no effect. Excused: a send of a user who was removed while
 * the log was away. It may get into the log within the 10 s that a removal may take, and be refused
 * when it is repeated before it is known to be stored (docs/decisions/0012).
 */
export function refusedIsNot({ done, seqsOf, truth }: Indexed): Violation[] {
  return done.flatMap(({ outcome, effect, operation, why, user, op }) => {
    if (outcome !== 'refused' || effect === null || !isSingular(operation)) return []
    const [seq] = seqsOf.get(effect) ?? []
    const channel = truth.channels.get(operation.channelId)
    if (seq !== undefined && channel !== undefined && !wasMember(channel, user, seq)) return []
    const text = `${operation.type} ${op} of ${user} was refused (${why}) and is stored as ${seq}`
    return seq === undefined ? [] : [{ rule: 'refused-is-not', text }]
  })
}

/**
 * Every event was asked for by a user, and none is stored more often than it was asked for. Joins
 * of users who are members already are not counted: they change nothing, so clients may repeat them
 * without a number.
 */
export function nothingInvented({ done, seqsOf, truth }: Indexed): Violation[] {
  const asked = new Map<string, { times: number; singular: boolean }>()
  for (const { effect, operation, outcome } of done) {
    if (effect === null || outcome === 'refused') continue
    const times = (asked.get(effect)?.times ?? 0) + 1
    asked.set(effect, { times, singular: isSingular(operation) })
  }
  const redundant = redundantJoins(truth)
  return [...seqsOf].flatMap(([effect, all]): Violation[] => {
    const seqs = all.filter((seq) => redundant.get(effect)?.has(seq) !== true)
    const known = asked.get(effect)
    if (known === undefined) {
      const refused = done.some((one) => one.effect === effect && one.outcome === 'refused')
      const text = `nobody asked for ${effect}, which is stored as ${seqs.join()}`
      return refused ? [] : [{ rule: 'nothing-invented', text }]
    }
    const most = known.singular ? 1 : known.times
    const text = `${effect} is stored as ${seqs.join()}`
    return seqs.length > most ? [{ rule: 'nothing-twice', text }] : []
  })
}

function redundantJoins({ channels }: Truth): Map<string, Set<number>> {
  const redundant = new Map<string, Set<number>>()
  for (const { rows, effects, spans } of channels.values())
    for (const [index, { seq, body }] of rows.entries()) {
      if (body.type !== 'participant_joined') continue
      if (spans.get(body.username)?.some(({ joinedSeq }) => joinedSeq === seq) === true) continue
      const effect = effects[index] ?? ''
      redundant.set(effect, (redundant.get(effect) ?? new Set()).add(seq))
    }
  return redundant
}

/** Stored rows are numbered 1..n. */
export function numbered({ stored, readings }: Indexed): Violation[] {
  const lists = [
    ...[...stored].map(([channelId, rows]) => ({ channelId, by: 'the rows', list: rows })),
    ...readings.map(({ channelId, by, user, events }) => ({
      channelId,
      by: `${user} through ${by}`,
      list: events,
    })),
  ]
  return lists.flatMap(({ channelId, by, list }): Violation[] => {
    const wrong = list.findIndex(({ seq }, index) => seq !== index + 1)
    const text = `${channelId}: ${by} has ${list[wrong]?.seq} at place ${wrong + 1}`
    return wrong < 0 ? [] : [{ rule: 'numbered', text }]
  })
}

/** An offline fold of the log equals the stored rows, byte for byte. */
export function refold({ truth, stored }: Indexed): Violation[] {
  const ids = new Set([...truth.channels.keys(), ...stored.keys()])
  return [...ids].flatMap((channelId): Violation[] => {
    const folded = truth.channels.get(channelId)?.rows ?? []
    const rows = stored.get(channelId) ?? []
    const length = Math.max(folded.length, rows.length)
    for (let i = 0; i < length; i += 1) {
      const [is, ought] = [text(rows[i]), text(folded[i])]
      if (is !== ought)
        return [
          {
            rule: 'refold',
            text: `${channelId} ${i + 1}: stored is ${is}, the log folds to ${ought}`,
          },
        ]
    }
    return []
  })
  function text(row: unknown): string {
    return row === undefined ? 'nothing' : canonicalJson(row)
  }
}

/**
 * The operations of one user in one channel happen in the order in which the user asked for them.
 * Creations are left out: a repeated one is answered with the first.
 */
export function sessionOrder({ done, seqsOf }: Indexed): Violation[] {
  const last = new Map<string, { seq: number; op: number }>()
  return done.flatMap(({ user, operation, op, effect, renumbered }): Violation[] => {
    if (effect === null || renumbered || !isSingular(operation)) return []
    if (operation.type === 'create_channel') return []
    const [seq, ...more] = seqsOf.get(effect) ?? []
    if (seq === undefined || more.length > 0) return []
    const key = `${user} ${operation.channelId}`
    const before = last.get(key)
    last.set(key, { seq, op })
    const text = `${user}'s ${op} was asked for after ${before?.op} and is stored as ${seq}, before ${before?.seq}`
    return before === undefined || before.seq < seq ? [] : [{ rule: 'session-order', text }]
  })
}

/** An operation that was acknowledged before another one was asked for has the smaller seq. */
export function realTimeOrder({ done, seqsOf }: Indexed): Violation[] {
  const moments = done.flatMap((one): { at: number; acked: boolean; one: Done }[] => {
    const { effect, operation } = one
    if (effect === null || !isSingular(operation) || operation.type === 'create_channel') return []
    const asked = { at: one.invokedAt, acked: false, one }
    return one.outcome === 'acked' ? [asked, { at: one.at, acked: true, one }] : [asked]
  })
  moments.sort((a, b) => a.at - b.at)
  const highest = new Map<string, number>()
  return moments.flatMap(({ acked, one }): Violation[] => {
    const { channelId } = one.operation
    const seqs = seqsOf.get(one.effect ?? '') ?? []
    const floor = highest.get(channelId) ?? 0
    if (acked) {
      for (const seq of seqs.slice(0, 1)) highest.set(channelId, Math.max(floor, seq))
      return []
    }
    const [seq] = seqs
    const text = `${channelId}: ${one.op} was asked for when ${floor} was acknowledged, and is stored as ${seq}`
    return seq === undefined || seq > floor ? [] : [{ rule: 'real-time-order', text }]
  })
}
