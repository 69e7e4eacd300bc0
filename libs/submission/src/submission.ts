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
  /** Stored and ordered. `event` is set if the push of this submission's event was seen. */
  | { kind: 'accepted'; seq: number; sentAtMs: number; event: EventPush | null }
  /** The clientSeq was skipped for good, or was used with another body. */
  | { kind: 'superseded' }
  /** A creation of a channel that exists. */
  | { kind: 'exists' }
  /** The channel was never created. */
  | { kind: 'missing' }
  /**
   * The submission was refused before it was appended, or its outcome was not learnt in time. The
   * record may have been stored, and the same submission may be sent again.
   */
  | { kind: 'unavailable' }
  | { kind: 'too_large' }

/**
 * Called once, with the outcome. If it shows the event itself, as the answer to a request, it
 * returns the place, for example the connection. `settle` returns that place, so that its caller
 * does not show the event there again.
 */
export type Settled<Shown> = (outcome: Outcome) => Shown | undefined

export interface SubmitterDeps {
  /** The id of this process: the origin of its records. */
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
