import { answerTypes, closeCodes } from '@rookery/protocol/constants'
import type { ClientFrame, Limits } from '@rookery/protocol'
import { Backoff } from './backoff.ts'
import type { BackoffOptions } from './backoff.ts'
import { RookeryError } from './errors.ts'
import type { ErrorFrame, Request } from './frames.ts'
import type { IncomingFrame } from './incoming.ts'
import { frameBytes, frameOf, isSequenced, laneOf } from './outbox-entry.ts'
import type { Kept, OutboxEntry, OutboxJournal } from './outbox-entry.ts'
import { TokenBucket } from './token-bucket.ts'

export interface OutboxOptions {
  session: string
  /** The first clientSeq to use. */
  nextClientSeq: number
  /** The number of requests that may wait for an answer. */
  maxEntries: number
  /** After this time an answer counts as lost, and the request is sent again. */
  answerTimeoutMs: number
  /** For retryable errors without a time. */
  backoff: BackoffOptions
  journal?: OutboxJournal | undefined
  /** Puts a frame on the live socket. */
  send(frame: ClientFrame): void
}

/** The end of a socket, as far as the outbox needs it. */
export interface SocketEnd {
  code: number
  /** The `error` frame that announced the close. */
  fatal?: ErrorFrame | undefined
}

interface Lane {
  /** Nothing is sent before this time. */
  blockedUntilMs: number
  /** After a retryable error or a time-out: nothing is sent until nothing is in flight. */
  recovering: boolean
  /** Retryable errors since the last progress. */
  failures: number
  backoff: Backoff
}

/** Close codes of which a frame of the client is the cause. */
const blamingCodes: ReadonlySet<number> = new Set([
  closeCodes.protocolViolation,
  closeCodes.unsupportedData,
  closeCodes.invalidPayload,
  closeCodes.tooBig,
  closeCodes.protocolError,
])

/**
 * A request that is superseded more often than this is rejected, because the server and the client
 * disagree about the session.
 */
const maxSuperseded = 5

/**
 * Requests until they are answered. Each channel's requests are sent in order, at most
 * `messageBurst` of them unanswered. After a lost answer, a retryable error or a reconnect they are
 * sent again with the same (session, clientSeq), so that the server takes each exactly once. A
 * request goes through these phases:
 * 1. Waiting: it has no number yet, or must be sent again. Its lane's order, the server's limits
 *    and the last refusal decide when it may be sent.
 * 2. Writing, only with a journal: its number is being written. When the write ends, it is sent,
 *    unless the socket is gone.
 * 3. Sent: it waits for its answer, for its own event, or for the time-out.
 * 4. Settled: its promise resolves, or rejects with a final error.
 */
export class Outbox {
  readonly #options: OutboxOptions
  #entries: OutboxEntry[] = []
  readonly #lanes = new Map<string, Lane>()
  #bucket: TokenBucket | null = null
  #limits: Limits | null = null
  #nextClientSeq: number
  #count = 0
  /** Counts sockets. A frame whose write began on an earlier one waits for the next. */
  #socket = 0
  #writes: Promise<void> = Promise.resolve()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#nextClientSeq = options.nextClientSeq
  }

  /** Requests without an answer, sent or not. */
  get size(): number {
    return this.#entries.length
  }

  /** Together with the session, a successor needs it in order not to reuse a number. */
  get nextClientSeq(): number {
    return this.#nextClientSeq
  }

  /**
   * Resolves with the answer. Requests that an earlier process kept must come first, by number.
   * @throws RookeryError `outbox_full`, or the server's final code
   */
  submit(request: Request, kept?: Kept): Promise<IncomingFrame> {
    if (this.#entries.length >= this.#options.maxEntries) {
      const message = `${this.#options.maxEntries} requests already wait for an answer; try again later`
      return Promise.reject(new RookeryError('outbox_full', message))
    }
    return new Promise((resolve, reject) => {
      const requestId = `r${++this.#count}`
      this.#entries.push({
        request,
        requestId,
        lane: laneOf(request, requestId),
        sequenced: isSequenced(request),
        key: kept?.key,
        clientSeq: kept?.clientSeq ?? null,
        writing: false,
        sentAtMs: null,
        // With a number, it may have been sent.
        sends: kept?.clientSeq == null ? 0 : 1,
        superseded: 0,
        resolve,
        reject,
      })
      this.#pump()
    })
  }

  /** A socket is ready. @returns the number of requests that are sent again, before new ones */
  connected(limits: Limits): number {
    this.#limits = limits
    this.#socket++
    this.#bucket = new TokenBucket(limits.messagesPerSecond, limits.messageBurst, performance.now())
    this.#lanes.clear()
    for (const entry of this.#entries) entry.sentAtMs = null
    const resent = this.#entries.filter((entry) => entry.sends > 0).length
    this.#pump()
    return resent
  }

  /** The socket is gone. If the server cut it because of a frame, that request is rejected. */
  disconnected(end: SocketEnd): void {
    this.#limits = null
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (blamingCodes.has(end.code)) {
      const error = new RookeryError(
        'frame_refused',
        `the server cut the connection with ${end.code} over a frame that may be this one`,
      )
      for (const entry of this.#suspects(end)) this.#settle(entry, () => entry.reject(error))
    }
    for (const entry of this.#entries) entry.sentAtMs = null
  }

  /** @returns true if the frame answered a request */
  answered(frame: IncomingFrame): boolean {
    const entry = this.#entryFor(frame)
    if (entry === undefined) return false
    if (frame.type === 'error') this.#failed(entry, frame)
    else if (answers(entry, frame)) {
      // The request was to be sent again and is stored after all. The engine is back, so the others
      // need not wait any longer.
      if (entry.sends > 0 && entry.sentAtMs === null) this.#lane(entry.lane).blockedUntilMs = 0
      this.#settle(entry, () => entry.resolve(frame))
    } else {
      const message = `${entry.request.type} was answered by ${frame.type}`
      this.#settle(entry, () => entry.reject(new RookeryError('bad_answer', message)))
    }
    this.#pump()
    return true
  }

  /** Rejects all waiting requests. */
  abandon(error: RookeryError): void {
    clearTimeout(this.#timer)
    this.#limits = null
    const entries = this.#entries
    this.#entries = []
    for (const entry of entries) entry.reject(error)
  }

  /** The request that this frame answers, or whose own event proves that it took effect. */
  #entryFor(frame: IncomingFrame): OutboxEntry | undefined {
    const { requestId, channelId, clientSeq, session } = frame as {
      requestId?: string
      channelId?: string
      clientSeq?: number
      session?: string
    }
    if (requestId !== undefined) {
      const entry = this.#entries.find((candidate) => candidate.requestId === requestId)
      if (entry !== undefined) return entry
    }
    if (clientSeq === undefined) return undefined
    const isAnswer = frame.type === 'message_ack' || frame.type === 'error'
    if (!isAnswer && session !== this.#options.session) return undefined
    return this.#entries.find(
      (entry) =>
        entry.clientSeq === clientSeq &&
        'channelId' in entry.request &&
        entry.request.channelId === channelId &&
        (isAnswer || answers(entry, frame)),
    )
  }

  #failed(entry: OutboxEntry, error: ErrorFrame): void {
    if (error.retryAfterMs !== undefined) {
      entry.sentAtMs = null
      const lane = this.#lane(entry.lane)
      // The first refusal uses the server's time alone. Refusals of the requests behind it count as
      // the same refusal.
      const growingMs = lane.recovering || lane.failures++ === 0 ? 0 : lane.backoff.next()
      const waitMs = Math.max(error.retryAfterMs, growingMs)
      lane.blockedUntilMs = Math.max(lane.blockedUntilMs, performance.now() + waitMs)
      lane.recovering = true
      return
    }
    if (error.code === 'superseded' && entry.sequenced && entry.superseded < maxSuperseded) {
      entry.superseded++
      this.#renumber(entry)
      return
    }
    const { code, message, channelId } = error
    this.#settle(entry, () => entry.reject(new RookeryError(code, message, { channelId })))
  }

  /**
   * Puts it behind all requests that have a number. Requests that were never sent come after it in
   * any case.
   */
  #renumber(entry: OutboxEntry): void {
    entry.clientSeq = null
    entry.sentAtMs = null
    this.#entries = [...this.#entries.filter((other) => other !== entry), entry]
  }

  #settle(entry: OutboxEntry, settle: () => void): void {
    this.#entries = this.#entries.filter((other) => other !== entry)
    // Progress ends the growing waits of a lane, unless another request of it must be repeated.
    if (this.#lanes.get(entry.lane)?.recovering === false) this.#lanes.delete(entry.lane)
    settle()
  }

  #suspects(end: SocketEnd): OutboxEntry[] {
    const sent = this.#entries.filter((entry) => entry.sentAtMs !== null)
    const blamedId = end.fatal?.requestId
    if (blamedId !== undefined) return sent.filter((entry) => entry.requestId === blamedId)
    if (end.code !== closeCodes.tooBig) return sent
    // Whatever the limit is, the biggest frame exceeds it.
    const biggest = Math.max(...sent.map(frameBytes))
    return sent.filter((entry) => frameBytes(entry) === biggest)
  }

  #lane(name: string): Lane {
    let lane = this.#lanes.get(name)
    if (lane === undefined) {
      const backoff = new Backoff(this.#options.backoff)
      lane = { blockedUntilMs: 0, recovering: false, failures: 0, backoff }
      this.#lanes.set(name, lane)
    }
    return lane
  }

  #pump(): void {
    const limits = this.#limits
    if (limits === null) return
    const nowMs = performance.now()
    this.#expire(nowMs)
    let unanswered = 0
    const busy = new Map<string, 'messages' | 'other'>()
    for (const entry of this.#entries) {
      if (entry.sentAtMs === null && !entry.writing) continue
      unanswered++
      busy.set(entry.lane, entry.request.type === 'chat_message' ? 'messages' : 'other')
    }
    for (const [name, lane] of this.#lanes) {
      if (lane.recovering && !busy.has(name) && lane.blockedUntilMs <= nowMs) {
        lane.recovering = false
        if (!this.#entries.some((entry) => entry.lane === name)) this.#lanes.delete(name)
      }
    }
    let wakeMs = Number.POSITIVE_INFINITY
    const waitingLanes = new Set<string>()
    const numbered: OutboxEntry[] = []
    const repeated = this.#entries.filter((entry) => entry.sends > 0)
    const fresh = this.#entries.filter((entry) => entry.sends === 0)
    for (const entry of [...repeated, ...fresh]) {
      if (entry.sentAtMs !== null || entry.writing || waitingLanes.has(entry.lane)) continue
      if (unanswered >= limits.messageBurst) break
      const waitMs = this.#waitMs(entry, nowMs, busy.get(entry.lane))
      if (waitMs > 0) {
        waitingLanes.add(entry.lane)
        wakeMs = Math.min(wakeMs, nowMs + waitMs)
        continue
      }
      if (this.#prepare(entry, nowMs, limits, numbered)) {
        unanswered++
        busy.set(entry.lane, entry.request.type === 'chat_message' ? 'messages' : 'other')
      }
    }
    this.#wakeAt(wakeMs, nowMs)
    if (numbered.length > 0) this.#write(numbered)
  }

  /** Milliseconds before this entry may be sent; Infinity: an answer must come first. */
  #waitMs(entry: OutboxEntry, nowMs: number, busy: 'messages' | 'other' | undefined): number {
    const lane = this.#lanes.get(entry.lane)
    if (lane?.recovering === true) {
      return busy === undefined ? lane.blockedUntilMs - nowMs : Number.POSITIVE_INFINITY
    }
    // After a refusal, one request finds out for the lane whether the server accepts requests
    // again. Otherwise each of many clients would send a burst in vain.
    if (lane !== undefined && lane.failures > 0 && busy !== undefined)
      return Number.POSITIVE_INFINITY
    const isMessage = entry.request.type === 'chat_message'
    // Messages may follow each other without waiting. Any other request changes the rights of the
    // next one (a join allows the message after it), so it is sent alone.
    if (busy !== undefined && !(isMessage && busy === 'messages')) return Number.POSITIVE_INFINITY
    return isMessage ? (this.#bucket?.waitMs(nowMs) ?? 0) : 0
  }

  /** Sends it, or adds it to `numbered` if its number must be written first. */
  #prepare(entry: OutboxEntry, nowMs: number, limits: Limits, numbered: OutboxEntry[]): boolean {
    const isNew = entry.sequenced && entry.clientSeq === null
    if (isNew) entry.clientSeq = this.#nextClientSeq++
    if (frameBytes(entry) > limits.maxFrameBytes) {
      const error = new RookeryError(
        'too_large',
        `the request has more than ${limits.maxFrameBytes} bytes; send less`,
      )
      this.#settle(entry, () => entry.reject(error))
      return false
    }
    if (entry.request.type === 'chat_message') this.#bucket?.take(nowMs)
    if (isNew && this.#options.journal !== undefined) {
      entry.writing = true
      numbered.push(entry)
    } else this.#transmit(entry, nowMs)
    return true
  }

  #transmit(entry: OutboxEntry, nowMs: number): void {
    entry.sentAtMs = nowMs
    entry.sends++
    this.#options.send(frameOf(entry))
  }

  /** One write at a time, so that frames leave in the order of their numbers. */
  #write(entries: readonly OutboxEntry[]): void {
    const socket = this.#socket
    const nextClientSeq = this.#nextClientSeq
    const numbers = entries.flatMap(({ key, clientSeq }) =>
      key === undefined || clientSeq === null ? [] : [{ key, clientSeq }],
    )
    this.#writes = this.#writes
      .then(() => this.#options.journal?.numbered({ nextClientSeq, numbers }))
      .then(() => {
        const nowMs = performance.now()
        const isLive = this.#limits !== null && this.#socket === socket
        for (const entry of entries) {
          entry.writing = false
          if (isLive && this.#entries.includes(entry)) this.#transmit(entry, nowMs)
        }
        this.#pump()
      })
  }

  #expire(nowMs: number): void {
    for (const entry of this.#entries) {
      if (entry.sentAtMs === null || entry.sentAtMs + this.#options.answerTimeoutMs > nowMs)
        continue
      entry.sentAtMs = null
      // The lane sends nothing new before this request: it repeats the lowest number first.
      this.#lane(entry.lane).recovering = true
    }
  }

  #wakeAt(wakeMs: number, nowMs: number): void {
    clearTimeout(this.#timer)
    const deadlines = this.#entries
      .filter((entry) => entry.sentAtMs !== null)
      .map((entry) => (entry.sentAtMs as number) + this.#options.answerTimeoutMs)
    const atMs = Math.min(wakeMs, ...deadlines)
    if (!Number.isFinite(atMs)) return
    this.#timer = setTimeout(() => this.#pump(), Math.max(1, atMs - nowMs))
  }
}

/** True if the frame answers this kind of request, or is the event that the request made. */
function answers(entry: OutboxEntry, frame: IncomingFrame): boolean {
  const { type } = entry.request
  const expected: readonly string[] = answerTypes[type]
  return expected.includes(frame.type) || (type === 'chat_message' && frame.type === type)
}
