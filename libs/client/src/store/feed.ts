import type { Channel, Presence, Profile, RestAnswer, RestRouteName } from '@rookery/protocol'
import { RookeryError } from '../errors.ts'
import type { AnswerTo, Request, RequestType } from '../frames.ts'
import type { FeedEvent } from '../incoming.ts'
import type { RestCall } from '../rest.ts'
import type { OutboxRow } from './database.ts'
import type { ConnectionSnapshot, NotDurableReason, OperationError, OutboxItem } from './types.ts'

export type Connection = Omit<ConnectionSnapshot, 'leads'>

/** An entry of the outbox with what its place in a timeline needs. */
export interface OutboxView extends OutboxItem {
  readonly request: OutboxRow['request']
  /** With `stored`. */
  readonly seq: number | null
}

/** What the tab with the socket tells all tabs, itself included, in this order. */
export type FeedMessage =
  | { type: 'connection'; connection: Connection }
  /** A new socket has listed the channels. */
  | { type: 'ready'; epoch: string; me: Profile; channels: Channel[] }
  | { type: 'event'; event: FeedEvent; localId: string | null }
  /** The row of a channel: joined, or read again after a reset. */
  | { type: 'channel'; channel: Channel }
  | { type: 'head'; channelId: string; head: number }
  | { type: 'removed'; channelId: string }
  | { type: 'reset'; channelId: string; head: number }
  | { type: 'read'; channelId: string; userId: string; lastReadSeq: number }
  | { type: 'presence'; presence: Presence[] }
  | { type: 'typing'; channelId: string; userId: string }
  | { type: 'outbox'; entries: OutboxView[]; durable: boolean; reason: NotDurableReason | null }
  | { type: 'me'; me: Profile }

/** What a tab asks of the tab with the socket. */
export type Call =
  | { type: 'request'; request: Request }
  | { type: 'rest'; name: RestRouteName; call: Omit<RestCall<RestRouteName>, 'token'> }
  /** New entries are in the database. */
  | { type: 'written' }
  /** An entry that this tab could not write. */
  | { type: 'hand_over'; row: OutboxRow }
  | { type: 'retry_send'; localId: string }
  | { type: 'discard_send'; localId: string }
  | { type: 'typing'; channelId: string }
  | { type: 'watch'; usernames: string[] }
  | { type: 'retry_now' }

/** The way to the tab with the socket, which may be this one. Calls wait until there is one. */
export interface Leader {
  call(call: Call): Promise<unknown>
}

export function request<Type extends RequestType>(
  leader: Leader,
  frame: Request<Type> & { type: Type },
): Promise<AnswerTo<Type>> {
  return leader.call({ type: 'request', request: frame as Request }) as Promise<AnswerTo<Type>>
}

export function rest<Name extends RestRouteName>(
  leader: Leader,
  name: Name,
  call: Omit<RestCall<Name>, 'token'> = {},
): Promise<RestAnswer<Name>> {
  const general = call as Omit<RestCall<RestRouteName>, 'token'>
  return leader.call({ type: 'rest', name, call: general }) as Promise<RestAnswer<Name>>
}

/** An error as it travels between tabs. */
export interface SentError extends OperationError {
  readonly channelId?: string
}

export function toSent(error: unknown): SentError {
  if (!(error instanceof RookeryError)) {
    return { code: 'internal', message: String(error), retryAfterMs: null }
  }
  const { code, message, retryAfterMs, channelId } = error
  return {
    code,
    message,
    retryAfterMs: retryAfterMs ?? null,
    ...(channelId !== undefined && { channelId }),
  }
}

export function fromSent({ code, message, retryAfterMs, channelId }: SentError): RookeryError {
  return new RookeryError(code, message, { retryAfterMs: retryAfterMs ?? undefined, channelId })
}
