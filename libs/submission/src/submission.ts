import type { EventPush, RecordBody } from '@rookery/domain'
import type { MessageLog } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'

/** One request that asks for one event. */
export interface Submission {
  channelId: string
  user: string
  session: string
  clientSeq: number
  body: RecordBody
}

export type Outcome =
  /** Stored and ordered. `event` is null if this process did not get the event of its record. */
  | { kind: 'accepted'; seq: number; sentAtMs: number; event: EventPush | null }
  /** The clientSeq was skipped for good, or was used with another body. */
  | { kind: 'superseded' }
  /** A creation of a channel that exists. */
  | { kind: 'exists' }
  /** The channel was never created. */
  | { kind: 'missing' }
  /**
   * The log or the store is not available now. It is not known whether the submission was stored.
   * The same submission may be sent again.
   */
  | { kind: 'unavailable' }
  | { kind: 'too_large' }

/**
 * Called once, with the outcome. If it sent the event to a client as the answer to a request, it
 * returns that client's connection. `settle` returns these connections, so that the caller does not
 * send the event there twice.
 */
export type Settled<Shown> = (outcome: Outcome) => Shown | undefined

export interface SubmitterDeps {
  /** The id of this process, which its records name as their origin. */
  origin: string
  log: Pick<MessageLog, 'append' | 'writable' | 'partitionOf' | 'epoch'>
  store: Pick<MessageStore, 'progress' | 'sessionRow' | 'channel' | 'events'>
  /**
   * True if this process has read the channel without a gap up to `seq`. If it returns false or is
   * absent, the store is read.
   */
  readUpTo?: (channelId: string, seq: number) => boolean
  now?: () => number
}
