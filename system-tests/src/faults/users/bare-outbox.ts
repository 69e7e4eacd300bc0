import { NotDone } from './actor.ts'
import type { Frame } from './bare-socket.ts'

interface Waiting {
  op: number
  frame: Record<string, unknown> & { type: string; channelId?: string }
  /** Null for an idempotent request, which needs no number. */
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

/** Unanswered sends of one channel at a time. More than one, so that their order is tested. */
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
 * Sends exactly once, as docs/protocol.md says. Each channel has its own clientSeq. After a
 * reconnect or a retryable error it sends the same again, lowest first and before any new send.
 * After `superseded` it sends under a new number.
 */
export class BareOutbox {
  readonly #lanes = new Map<string, Lane>()
  readonly #send: (frame: unknown) => boolean
  readonly #renumbered: (op: number) => void

  /** @param send returns false if there is no socket */
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

  /** Called for a new socket: sends all unanswered requests again. */
  connected(): void {
    for (const lane of this.#lanes.values()) {
      for (const one of lane.waiting) one.sentAt = null
      lane.notBefore = 0
      this.#pump(lane)
    }
  }

  /** @returns true if the frame answers a request of this outbox */
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
   * Called about every second.
   *
   * @returns true if a send has no answer for 10 s, so that the socket must be dropped
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
    // Lowest first: no request is sent after one that must be sent again.
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
