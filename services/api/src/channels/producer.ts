import type { PushBus, Routing } from '@rookery/directory'
import { bodyHash, decodePushes, type RecordBody, type Text } from '@rookery/domain'
import type { MessageLog } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'
import type { Logger } from '@rookery/service-kit'
import { type Outcome, Submitter } from '@rookery/submission'
import { randomUUID } from 'node:crypto'
import { ApiError, notFound, unavailable } from '../http/api-error.ts'

export interface ProducerDeps {
  readonly serverId: string
  readonly log: MessageLog
  readonly store: MessageStore
  readonly routing: Pick<Routing, 'renewServer' | 'forgetServer'>
  readonly bus: Pick<PushBus, 'subscribe'>
  readonly logger: Logger
}

export interface ProducedMessage extends Text {
  readonly channelId: string
  readonly user: string
  /** The client's own number. Null: the producer numbers the message, and sends it once. */
  readonly number: { readonly session: string; readonly clientSeq: number } | null
}

export interface ProducedChange {
  readonly channelId: string
  readonly user: string
  readonly number: { readonly session: string; readonly clientSeq: number }
  readonly body: RecordBody
}

const retryAfterMs = 1_000

/**
 * Appends messages of REST clients to the log. Their records name this process as the origin, so
 * that dispatchers push the outcomes to it.
 */
export class Producer {
  readonly #deps: ProducerDeps
  readonly #submitter: Submitter
  /** New at each start of the process, so that its numbers were never used before. */
  readonly #session = `_${randomUUID()}`
  #lastNumber = 0
  #unsubscribe: () => Promise<void> = () => Promise.resolve()

  constructor(deps: ProducerDeps) {
    this.#deps = deps
    this.#submitter = new Submitter({ ...deps, origin: deps.serverId })
  }

  /** Must be called before the first message. */
  async start(): Promise<void> {
    const { bus, serverId } = this.#deps
    this.#unsubscribe = await bus.subscribe(serverId, (batch) => this.#hear(batch))
    await this.renew()
  }

  /** Renews the lease under which pushes come here. Never rejects: the next call repairs it. */
  async renew(): Promise<void> {
    const { logger, routing, serverId } = this.#deps
    try {
      await routing.renewServer(serverId)
    } catch (error) {
      logger.warn({ err: error }, 'the lease for pushes could not be renewed, tried again')
    }
  }

  /**
   * Resolves once the message and everything before it in its channel is stored at quorum. A repeat
   * with the same number and text gets the same answer as the first time.
   *
   * @throws ApiError `superseded`, `not_found`, `too_large`, `unavailable` (the message may have
   * been stored: repeat it under its number)
   */
  async send(message: ProducedMessage): Promise<{ seq: number; sentAtMs: number }> {
    const { channelId, user } = message
    const number = message.number ?? { session: this.#session, clientSeq: ++this.#lastNumber }
    return this.change({ channelId, user, number, body: bodyOf(message) })
  }

  /** Like `send`, for a change of any kind. */
  async change(change: ProducedChange): Promise<{ seq: number; sentAtMs: number }> {
    const { channelId, user, number, body } = change
    const outcome = await this.#submitter.outcomeOf({ channelId, user, ...number, body })
    if (outcome.kind === 'accepted') return outcome
    throw refusalOf(outcome)
  }

  /** The event of this message under its number, if it was accepted before; else null. */
  async stored(message: ProducedMessage): Promise<{ seq: number; sentAtMs: number } | null> {
    const { channelId, user, number } = message
    if (number === null) return null
    const { session, clientSeq } = number
    const row = await this.#deps.store.sessionRow({ channelId, user, session }, clientSeq)
    return row?.bodyHash === bodyHash(bodyOf(message)) ? row : null
  }

  async close(): Promise<void> {
    this.#submitter.close()
    await this.#unsubscribe()
    const { logger, routing, serverId } = this.#deps
    await routing.forgetServer(serverId).catch((error: unknown) => {
      logger.warn({ err: error }, 'the lease for pushes could not be released, it expires')
    })
  }

  #hear(batch: string): void {
    for (const push of decodePushes(batch)) {
      if (push.k === 'event') this.#submitter.settle(push)
      else if (push.k === 'answer') this.#submitter.answer(push)
    }
  }
}

function bodyOf({ content, metadata }: ProducedMessage): RecordBody {
  return { type: 'chat_message', content, ...(metadata !== undefined && { metadata }) }
}

function refusalOf({ kind }: Exclude<Outcome, { kind: 'accepted' }>): ApiError {
  switch (kind) {
    case 'superseded': {
      const why = 'this clientSeq was skipped or used for something else: send it under a new one'
      return new ApiError('superseded', why)
    }
    case 'missing':
      return notFound('channel')
    case 'too_large':
      return new ApiError('too_large', 'too large to be stored, send less')
    case 'unavailable':
      return unavailable(
        'it could not be stored in time: send it again under the same clientSeq',
        retryAfterMs,
      )
    case 'exists':
      return new ApiError('internal', 'internal error')
  }
}
