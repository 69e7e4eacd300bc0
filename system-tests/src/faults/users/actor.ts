import type { History, ReadMessage } from '../history.ts'
import type { Operation } from '../operation.ts'

/** A channel in a list of channels. */
export interface ListedChannel {
  channelId: string
  head: number
  unread: number
  lastReadSeq: number
}

/** An operation failed. `final`: it took no effect; otherwise it may have taken effect or not. */
export class NotDone extends Error {
  override readonly name = 'NotDone'
  readonly code: string
  readonly final: boolean

  constructor(code: string, final: boolean) {
    super(code)
    this.code = code
    this.final = final
  }
}

/**
 * A user's client. It reconnects and repeats sends without help, and shows every event of its
 * channels once, in order.
 */
export interface Actor {
  readonly name: string
  readonly connected: boolean
  /** By channel: the seq up to which its events were shown. */
  readonly shown: ReadonlyMap<string, number>
  /** Resolves when it is connected for the first time. */
  connect(): Promise<void>
  /** Resolves with the seq of its event; null if the answer has none. @throws NotDone */
  execute(op: number, operation: Operation): Promise<number | null>
  /** A call of the api: the newest page of a channel's history. @throws NotDone */
  readPage(channelId: string): Promise<{ head: number; messages: readonly ReadMessage[] }>
  /** A call of the api. @throws NotDone */
  listChannels(): Promise<readonly ListedChannel[]>
  /** The access token. */
  readonly token: string
  close(): void
}

/**
 * Lets the actor execute an operation, and notes its outcome.
 *
 * @returns the seq of its event; null if it has none or was not done
 */
export async function perform(
  actor: Actor,
  history: History,
  operation: Operation,
  op: number = history.nextOperation(),
): Promise<number | null> {
  history.add({ kind: 'invoked', op, user: actor.name, operation })
  try {
    const seq = await actor.execute(op, operation)
    history.add({ kind: 'acked', op, seq })
    return seq
  } catch (error) {
    if (!(error instanceof NotDone)) throw error
    if (error.final) history.add({ kind: 'refused', op, code: error.code })
    else history.add({ kind: 'unknown', op, why: error.code })
    return null
  }
}

/** Lets the actor read the newest page of a channel, and notes the answer. */
export async function readHistory(
  actor: Actor,
  history: History,
  channelId: string,
): Promise<void> {
  const from = performance.now()
  try {
    const page = await actor.readPage(channelId)
    history.add({ kind: 'read', user: actor.name, channelId, from, ...page })
  } catch (error) {
    // A read that is refused or fails breaks no promise.
    if (!(error instanceof NotDone)) throw error
  }
}
