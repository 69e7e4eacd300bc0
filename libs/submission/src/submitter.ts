import { bodyHash, encodeRecord, recordVersion } from '@rookery/domain'
import type { AnswerPush, EventPush, RecordBody } from '@rookery/domain'
import { LogError, type MessageLog } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'
import { decideFromStore } from './decide-from-store.ts'

/** One request that is to become one event. */
export interface Submission {
  channelId: string
  user: string
  session: string
  clientSeq: number
  body: RecordBody
}

export type Outcome =
  /** Stored, ordered, on its way to everyone. `event` is there when this very submission's event was seen. */
  | { kind: 'accepted'; seq: number; sentAtMs: number; event: EventPush | null }
  /** The number was skipped for good, or used with another body. */
  | { kind: 'superseded' }
  /** A creation of a channel that exists. */
  | { kind: 'exists' }
  /** The channel was never created. */
  | { kind: 'missing' }
  /** The log or the store cannot take it now; whether it was taken is not known. The same submission may be sent again. */
  | { kind: 'unavailable' }
  | { kind: 'too_large' }

/**
 * Told the outcome once. If it showed the event itself, as the answer to a request, it returns where it
 * showed it. `settle` hands that on, so that the event is not shown there twice.
 */
export type Settled<Shown> = (outcome: Outcome) => Shown | undefined

export interface SubmitterDeps {
  /** This process, as the origin of its records. */
  origin: string
  log: Pick<MessageLog, 'append' | 'writable' | 'partitionOf' | 'epoch'>
  store: Pick<MessageStore, 'progress' | 'sessionRow' | 'channel' | 'events'>
  /** True if this process has read the channel without a hole up to `seq`; false: it is read for the purpose. */
  readUpTo?: (channelId: string, seq: number) => boolean
  now?: () => number
}

interface Pending<Shown> {
  submission: Submission
  hash: string
  settled: Settled<Shown>[]
  since: number
  /** Null while the append runs, and when it is not known whether it was stored. */
  offset: number | null
  nextCheck: number
  /** It waits for its check, or is being checked. */
  checking: boolean
}

const maxPending = 20_000
const checkAfterMs = 1_000
const giveUpAfterMs = 5_000
const sweepMs = 250
/** More would only wait for each other in a store that is away. */
const checksAtOnce = 64

/**
 * Appends submissions to the channel log and learns what became of them: from the event or the answer that the dispatcher pushes, and
 * when none comes within a second, from the store. Undecided after 5 s: `unavailable`.
 */
export class Submitter<Shown = never> {
  readonly #deps: SubmitterDeps
  readonly #now: () => number
  readonly #pending = new Map<string, Pending<Shown>>()
  readonly #timer: NodeJS.Timeout
  #due: Pending<Shown>[] = []
  #checks = 0

  constructor(deps: SubmitterDeps) {
    this.#deps = deps
    // A clock that is set back must not keep anybody waiting.
    this.#now = deps.now ?? (() => performance.now())
    this.#timer = setInterval(() => this.#sweep(), sweepMs).unref()
  }

  /** How many wait for their outcome. */
  get pending(): number {
    return this.#pending.size
  }

  /** Appends in call order; never throws. `settled` may be called before this returns. */
  submit(submission: Submission, settled: Settled<Shown>): void {
    const key = keyOf(submission)
    const hash = bodyHash(submission.body)
    const same = this.#pending.get(key)
    if (same !== undefined) {
      if (same.hash === hash) same.settled.push(settled)
      else settled({ kind: 'superseded' })
      return
    }
    if (!this.#deps.log.writable || this.#pending.size >= maxPending) {
      settled({ kind: 'unavailable' })
      return
    }
    const since = this.#now()
    const pending: Pending<Shown> = {
      submission,
      hash,
      settled: [settled],
      since,
      offset: null,
      nextCheck: since + checkAfterMs,
      checking: false,
    }
    this.#pending.set(key, pending)
    const { channelId, user, session, clientSeq, body } = submission
    const { origin } = this.#deps
    const record = { v: recordVersion, channelId, user, session, clientSeq, origin, body } as const
    this.#deps.log.append(channelId, encodeRecord(record)).then(
      ({ offset }) => {
        pending.offset = offset
      },
      (error: unknown) => this.#appendFailed(key, pending, error),
    )
  }

  /** As `submit`, for callers that need no order against events. */
  async outcomeOf(submission: Submission): Promise<Outcome> {
    return new Promise((resolve) =>
      this.submit(submission, (outcome) => {
        resolve(outcome)
        return undefined
      }),
    )
  }

  /** A stored event: settles the submission it came from, if that is ours. @returns where it was shown already */
  settle(event: EventPush): Shown[] {
    const pending = this.#pending.get(keyOf(event))
    if (pending === undefined || !this.#isAbout(pending, event.bodyHash)) return []
    const { seq, sentAtMs } = event
    return this.#finish(pending, { kind: 'accepted', seq, sentAtMs, event })
  }

  /** The dispatcher's word on a record that made no event. */
  answer(push: AnswerPush): void {
    const pending = this.#pending.get(keyOf(push))
    if (pending === undefined || !this.#isAbout(pending, push.bodyHash)) return
    const { outcome } = push
    if (outcome.kind === 'repeat') {
      const { seq, sentAtMs } = outcome
      this.#finish(pending, { kind: 'accepted', seq, sentAtMs, event: null })
    } else if (outcome.kind === 'invalid') this.#finish(pending, { kind: 'too_large' })
    else this.#finish(pending, { kind: outcome.kind })
  }

  close(): void {
    clearInterval(this.#timer)
    for (const pending of this.#pending.values()) this.#finish(pending, { kind: 'unavailable' })
  }

  #appendFailed(key: string, pending: Pending<Shown>, error: unknown): void {
    if (this.#pending.get(key) !== pending) return
    const code = error instanceof LogError ? error.code : 'unknown'
    if (code === 'too_large') this.#finish(pending, { kind: 'too_large' })
    // It may be stored, and be answered yet. But its successors would be stored before it if it is not: whoever counts is told at once, and
    // sends all of them again in order. Who does not count would only be told less.
    else if (code !== 'unknown' || !isStamped(pending.submission))
      this.#finish(pending, { kind: 'unavailable' })
  }

  /** The same number may have been sent with another body before, or the hash is not known: then the store is asked, soon. */
  #isAbout(pending: Pending<Shown>, hash: string | undefined): boolean {
    if (hash === pending.hash) return true
    pending.nextCheck = this.#now()
    return false
  }

  #sweep(): void {
    const now = this.#now()
    for (const pending of this.#pending.values()) {
      if (now - pending.since >= giveUpAfterMs) this.#finish(pending, { kind: 'unavailable' })
      else if (now >= pending.nextCheck && !pending.checking) {
        pending.checking = true
        this.#due.push(pending)
      }
    }
    while (this.#checks < checksAtOnce && this.#due.length > 0) void this.#checkDue()
  }

  async #checkDue(): Promise<void> {
    this.#checks += 1
    for (let next = this.#due.shift(); next !== undefined; next = this.#due.shift())
      if (this.#pending.get(keyOf(next.submission)) === next) await this.#check(next)
    this.#checks -= 1
  }

  async #check(pending: Pending<Shown>): Promise<void> {
    try {
      const outcome = await decideFromStore(pending, this.#deps)
      if (outcome !== null) this.#finish(pending, outcome)
    } catch {
      // The store is away: the next sweep asks again, until the submission is given up.
    } finally {
      pending.checking = false
      pending.nextCheck = this.#now() + checkAfterMs
    }
  }

  #finish(pending: Pending<Shown>, outcome: Outcome): Shown[] {
    const key = keyOf(pending.submission)
    if (this.#pending.get(key) !== pending) return []
    this.#pending.delete(key)
    return pending.settled.flatMap((settled) => settled(outcome) ?? [])
  }
}

/** By a server, for a client that does not count: it is sent once. */
function isStamped({ session }: Submission): boolean {
  return session.startsWith('_')
}

interface SubmissionKey {
  channelId: string
  user: string
  session: string
  clientSeq: number
}

function keyOf({ channelId, user, session, clientSeq }: SubmissionKey): string {
  return `${channelId}\n${user}\n${session}\n${clientSeq}`
}
