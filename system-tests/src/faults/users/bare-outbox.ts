import { NotDone } from './actor.ts'
import type { Frame } from './bare-socket.ts'

interface Waiting {
  op: number
  frame: Record<string, unknown> & { type: string; channelId?: string }
  /** Null: a request that is idempotent by itself and carries no number. */
  clientSeq: number | null
  sentAt: number | null
  resolve(answer: Frame): void
  reject(error: NotDone): void
}
interface Lane {
  nextClientSeq: number
  waiting: Waiting[]
  notBefore: number
}

/** Unanswered sends of one channel at a time: more than one, so that order is put to the test. */
const window = 4
const answerWithinMs = 10_000
const numbered = new Set([
  'chat_message',
  'edit_message',
  'delete_message',
  'add_reaction',
  'remove_reaction',
  'join_channel',
  'leave_channel',
  'remove_participant',
])

/**
 * Sending exactly once, as the protocol has it: a clientSeq per channel; after a reconnect or a
 * retryable error the same again, lowest first and before anything new; after `superseded` under a
 * new number.
 */
export class BareOutbox {
  readonly #lanes = new Map<string, Lane>()
  readonly #send: (frame: unknown) => boolean
  readonly #renumbered: (op: number) => void

  /** `send` answers whether there is a socket. */
  constructor(send: (frame: unknown) => boolean, renumbered: (op: number) => void) {
    this.#send = send
    this.#renumbered = renumbered
  }

  submit(op: number, frame: Waiting['frame']): Promise<Frame> {
    const sequenced = numbered.has(frame.type)
    const lane = this.#lane(sequenced ? `channel ${frame.channelId ?? ''}` : `alone ${op}`)
    return new Promise((resolve, reject) => {
      const clientSeq = sequenced ? lane.nextClientSeq++ : null
      lane.waiting.push({ op, frame, clientSeq, sentAt: null, resolve, reject })
      this.#pump(lane)
    })
  }

  /** On a new socket everything unanswered goes out again. */
  connected(): void {
    for (const lane of this.#lanes.values()) {
      for (const one of lane.waiting) one.sentAt = null
      lane.notBefore = 0
      this.#pump(lane)
    }
  }

  /** Whether the frame answers something of ours. */
  answered(frame: Frame): boolean {
    const op = /^op(\d+)$/.exec(frame.requestId ?? '')?.[1]
    if (op === undefined) return false
    for (const [key, lane] of this.#lanes) {
      const one = lane.waiting.find((waiting) => waiting.op === Number(op))
      if (one === undefined) continue
      if (frame.type !== 'error') this.#settle(key, lane, one, () => one.resolve(frame))
      else this.#refused(key, lane, one, frame)
      break
    }
    return true
  }

  /**
   * To be called every second or so. @returns true when a send stays without an answer: the socket
   * is of no use.
   */
  tick(): boolean {
    const now = performance.now()
    for (const lane of this.#lanes.values()) {
      if (lane.waiting.some(({ sentAt }) => sentAt !== null && now - sentAt > answerWithinMs))
        return true
      this.#pump(lane)
    }
    return false
  }

  abandon(): void {
    for (const lane of this.#lanes.values())
      for (const one of lane.waiting.splice(0)) one.reject(new NotDone('closed', false))
  }

  #refused(key: string, lane: Lane, one: Waiting, { code, retryAfterMs }: Frame): void {
    if (retryAfterMs !== undefined) {
      one.sentAt = null
      lane.notBefore = performance.now() + retryAfterMs
      setTimeout(() => this.#pump(lane), retryAfterMs + 1)
    } else if (code === 'superseded' && one.clientSeq !== null) {
      this.#renumbered(one.op)
      lane.waiting.splice(lane.waiting.indexOf(one), 1)
      lane.waiting.push({ ...one, clientSeq: lane.nextClientSeq++, sentAt: null })
      this.#pump(lane)
    } else this.#settle(key, lane, one, () => one.reject(new NotDone(code ?? 'internal', true)))
  }

  #settle(key: string, lane: Lane, one: Waiting, done: () => void): void {
    lane.waiting.splice(lane.waiting.indexOf(one), 1)
    if (key.startsWith('alone')) this.#lanes.delete(key)
    done()
    this.#pump(lane)
  }

  #pump(lane: Lane): void {
    const now = performance.now()
    if (now < lane.notBefore) return
    // Lowest first: nothing goes out behind one that must go out again.
    for (const one of lane.waiting.slice(0, window)) {
      if (one.sentAt !== null) continue
      const { op, frame, clientSeq } = one
      const number = clientSeq === null ? {} : { clientSeq }
      if (!this.#send({ ...frame, ...number, requestId: `op${op}` })) return
      one.sentAt = now
    }
  }

  #lane(key: string): Lane {
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = { nextClientSeq: 1, waiting: [], notBefore: 0 }
      this.#lanes.set(key, lane)
    }
    return lane
  }
}
