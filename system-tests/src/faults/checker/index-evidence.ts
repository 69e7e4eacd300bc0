import type { Entry, EventView } from '../history.ts'
import { effectOfOperation, type Operation } from '../operation.ts'
import type { Evidence } from './evidence.ts'

export type OutcomeKind = 'acked' | 'refused' | 'unknown'

/** One operation with its outcome. */
export interface Done {
  op: number
  user: string
  operation: Operation
  invokedAt: number
  /** Null if the operation makes no event. */
  effect: string | null
  outcome: OutcomeKind | null
  at: number
  seq: number | null
  /** The code of a refusal, or the reason why the outcome is unknown. */
  why: string
  renumbered: boolean
}

export interface Indexed extends Evidence {
  done: readonly Done[]
  /** By effect: the seqs of its events in the log. */
  seqsOf: ReadonlyMap<string, readonly number[]>
  /** By `channelId seq`: when any user first saw the event, as an ack or shown. */
  firstSeen: ReadonlyMap<string, number>
  faults: readonly { name: string; from: number; to: number }[]
}

export function indexed(evidence: Evidence): Indexed {
  const { history, truth } = evidence
  const done = new Map<number, Done>()
  const firstSeen = new Map<string, number>()
  const see = (channelId: string, seq: number, at: number): void => {
    const key = eventKey(channelId, seq)
    if (!firstSeen.has(key)) firstSeen.set(key, at)
  }
  for (const entry of history.entries) {
    if (entry.kind === 'invoked') {
      const { op, user, operation, at } = entry
      const effect = effectOfOperation(user, operation)
      const blank = { outcome: null, seq: null, why: '', renumbered: false }
      done.set(op, { op, user, operation, invokedAt: at, effect, at, ...blank })
    } else if (entry.kind === 'renumbered') {
      const one = done.get(entry.op)
      if (one !== undefined) one.renumbered = true
    } else if (isOutcome(entry)) {
      const one = done.get(entry.op)
      if (one === undefined) continue
      one.outcome = entry.kind
      one.at = entry.at
      if (entry.kind === 'acked') {
        one.seq = entry.seq
        if (entry.seq !== null) see(one.operation.channelId, entry.seq, entry.at)
      } else one.why = entry.kind === 'refused' ? entry.code : entry.why
    } else if (entry.kind === 'shown' || entry.kind === 'received')
      see(entry.event.channelId, entry.event.seq, entry.at)
  }
  const seqsOf = new Map<string, number[]>()
  for (const { effects } of truth.channels.values())
    for (const [index, effect] of effects.entries()) {
      const seqs = seqsOf.get(effect)
      if (seqs === undefined) seqsOf.set(effect, [index + 1])
      else seqs.push(index + 1)
    }
  return { ...evidence, done: [...done.values()], seqsOf, firstSeen, faults: faultsOf(evidence) }
}

export function eventKey(channelId: string, seq: number): string {
  return `${channelId} ${seq}`
}

/** All events that users got in any way, with the user and the time. */
export function* observations({
  history,
  readings,
}: Evidence): Generator<{ who: string; at: number; event: EventView }> {
  for (const entry of history.entries)
    if (entry.kind === 'shown' || entry.kind === 'received')
      yield { who: entry.user, at: entry.at, event: entry.event }
  for (const { user, by, events } of readings)
    for (const event of events) yield { who: `${user} through ${by}`, at: Infinity, event }
}

function isOutcome(
  entry: Entry,
): entry is Extract<Entry, { kind: 'acked' | 'refused' | 'unknown' }> {
  return entry.kind === 'acked' || entry.kind === 'refused' || entry.kind === 'unknown'
}

function faultsOf({ history }: Evidence): { name: string; from: number; to: number }[] {
  const faults: { name: string; from: number; to: number }[] = []
  for (const entry of history.entries) {
    if (entry.kind !== 'fault') continue
    if (entry.phase === 'apply') faults.push({ name: entry.name, from: entry.at, to: Infinity })
    else
      for (const fault of faults)
        if (fault.name === entry.name && fault.to === Infinity) fault.to = entry.at
  }
  return faults
}
