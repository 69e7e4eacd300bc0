import type { EventPush, RecordBody } from '@rookery/domain'
import type { MessageLog } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'

/** One request that is to become one event. */
export interface Submission {
  channelId: string
  user: string
  session: string
  clientSeq: number
  body: RecordBody
}

export type Outcome =
  /** Stored and ordered. `event` is there if the event of this very submission was seen. */
  | { kind: 'accepted'; seq: number; sentAtMs: number; event: EventPush | null }
  /** The number was skipped for good, or used with another body. */
  | { kind: 'superseded' }
  /** A creation of a channel that exists. */
  | { kind: 'exists' }
  /** The channel was never created. */
  | { kind: 'missing' }
  /**
   * The log or the store cannot take it now. Whether it was taken is not known. The same submission
   * may be sent again.
   */
  | { kind: 'unavailable' }
  | { kind: 'too_large' }

/**
 * Told the outcome once. If it showed the event itself, as the answer to a request, it returns
 * where it showed it. `settle` hands that on, so that the event is not shown there twice.
 */
export type Settled<Shown> = (outcome: Outcome) => Shown | undefined

export interface SubmitterDeps {
  /** This process, as the origin of its records. */
  origin: string
  log: Pick<MessageLog, 'append' | 'writable' | 'partitionOf' | 'epoch'>
  store: Pick<MessageStore, 'progress' | 'sessionRow' | 'channel' | 'events'>
  /**
   * True if this process has read the channel without a gap up to `seq`. If it is false or absent,
   * the store is read.
   */
  readUpTo?: (channelId: string, seq: number) => boolean
  now?: () => number
}
