import type { History, ReadMessage } from '../history.ts'
import type { Operation } from '../operation.ts'

/** A channel as a list names it. */
export interface ListedChannel {
  channelId: string
  head: number
  unread: number
  lastReadSeq: number
}

/** Why an operation has no good answer. `final`: it took no effect; otherwise nobody can say. */
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
 * A user's client. It comes back by itself, sends again by itself, and shows every event of its
 * channels once, in order.
 */
export interface Actor {
  readonly name: string
  readonly connected: boolean
  /** Up to which seq each of its channels was shown. */
  readonly shown: ReadonlyMap<string, number>
  /** Resolves when it is connected for the first time. */
  connect(): Promise<void>
  /** Resolves with the seq of its event, null when the answer says none. @throws NotDone */
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
 * Has the actor do it, and notes what became of it. @returns the seq of its event, null when there
 * is none or it was not done
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

/** Has the actor read the newest page of a channel, and notes what it was told. */
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
    // Refused or unreachable: no promise was made about that.
    if (!(error instanceof NotDone)) throw error
  }
}
