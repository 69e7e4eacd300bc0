import { bodyHash, encodeRecord, recordVersion } from '@rookery/domain'
import type { AnswerPush, EventPush } from '@rookery/domain'
import { LogError } from '@rookery/log'
import { decideFromStore } from './decide-from-store.ts'
import type { Outcome, Settled, Submission, SubmitterDeps } from './submission.ts'

interface Pending<Shown> {
  submission: Submission
  hash: string
  settled: Settled<Shown>[]
  since: number
  /** The offset of the record. Null while the append runs, or if it may have failed. */
  offset: number | null
  nextCheck: number
  /** True while it waits for a look-up in the store, and during the look-up. */
  checking: boolean
}

const maxPending = 20_000
const checkAfterMs = 1_000
const timeoutMs = 5_000
const sweepMs = 250
/** More concurrent look-ups would only wait for each other in a store that does not answer. */
const maxChecks = 64

/**
 * Appends submissions to the channel log, and learns their outcomes. An outcome is settled once, by
 * the first of:
 * 1. The log: it refuses the record (`unavailable`, `too_large`).
 * 2. The dispatcher's push: the event (`settle`), or the answer to a record that made no event
 *    (`answer`).
 * 3. The store, which is read after 1 s without a push, and every second from then on.
 * 4. The clock: after 5 s the outcome is `unavailable`.
 *
 * If a submission equals one that waits, it appends no record, and shares the outcome of the other
 * one.
 */
export class Submitter<Shown = never> {
  readonly #deps: SubmitterDeps
  readonly #now: () => number
  readonly #pending = new Map<string, Pending<Shown>>()
  readonly #timer: NodeJS.Timeout
  #toCheck: Pending<Shown>[] = []
  #checks = 0

  constructor(deps: SubmitterDeps) {
    this.#deps = deps
    // Not `Date.now`: if the clock is set back, submissions must still time out.
    this.#now = deps.now ?? (() => performance.now())
    this.#timer = setInterval(() => this.#sweep(), sweepMs).unref()
  }

  /** Number of submissions that wait for their outcome. */
  get pending(): number {
    return this.#pending.size
  }

  /** Appends in call order, and never throws. `settled` may be called before this returns. */
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
    // The order of the keys is that of their canonical JSON, which then need not sort them.
    const record = { body, channelId, clientSeq, origin, session, user, v: recordVersion } as const
    this.#deps.log.append(channelId, encodeRecord(record)).then(
      ({ offset }) => {
        pending.offset = offset
      },
      (error: unknown) => this.#appendFailed(key, pending, error),
    )
  }

  /** Like `submit`, for callers that do not need the outcome in order with the events. */
  async outcomeOf(submission: Submission): Promise<Outcome> {
    return new Promise((resolve) =>
      this.submit(submission, (outcome) => {
        resolve(outcome)
        return undefined
      }),
    )
  }

  /**
   * Settles the submission that made this stored event, if it waits here.
   *
   * @returns the connections that the event was sent to already; see `Settled`
   */
  settle(event: EventPush): Shown[] {
    const pending = this.#pending.get(keyOf(event))
    if (pending === undefined || !this.#isAbout(pending, event.bodyHash)) return []
    const { seq, sentAtMs } = event
    return this.#finish(pending, { kind: 'accepted', seq, sentAtMs, event })
  }

  /** Settles a submission by the dispatcher's answer to its record, which made no event. */
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
    // An `unknown` append may have been stored, and a push may still come. If it was not stored,
    // later numbers would overtake it. So a client that numbers its requests is refused at once,
    // and sends them again in order. A request without a number keeps waiting.
    else if (code !== 'unknown' || !isStamped(pending.submission))
      this.#finish(pending, { kind: 'unavailable' })
  }

  /**
   * True if a push is about this submission. If it has another hash, or none, the same number may
   * have been sent with another body before. Then the store is read at the next sweep.
   */
  #isAbout(pending: Pending<Shown>, hash: string | undefined): boolean {
    if (hash === pending.hash) return true
    pending.nextCheck = this.#now()
    return false
  }

  #sweep(): void {
    const now = this.#now()
    for (const pending of this.#pending.values()) {
      if (now - pending.since >= timeoutMs) this.#finish(pending, { kind: 'unavailable' })
      else if (now >= pending.nextCheck && !pending.checking) {
        pending.checking = true
        this.#toCheck.push(pending)
      }
    }
    while (this.#checks < maxChecks && this.#toCheck.length > 0) void this.#runChecks()
  }

  async #runChecks(): Promise<void> {
    this.#checks += 1
    for (let next = this.#toCheck.shift(); next !== undefined; next = this.#toCheck.shift())
      if (this.#pending.get(keyOf(next.submission)) === next) await this.#check(next)
    this.#checks -= 1
  }

  async #check(pending: Pending<Shown>): Promise<void> {
    try {
      const outcome = await decideFromStore(pending, this.#deps)
      if (outcome !== null) this.#finish(pending, outcome)
    } catch {
      // The store cannot be read. The next check asks it again, until the submission times out.
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

/** True if the server stamped the session, because the client's request had no number. */
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
