import { eventFrame, type RecordBody } from '@rookery/domain'
import type { MessageStore } from '@rookery/message-store'
import type { SequencedFrame } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import type { Outcome, Submitter } from '@rookery/submission'
import { recordBodyOf } from './record-body.ts'
import { noSuchChannel, RequestError, retryAfterMs } from './request-error.ts'
import type { Connection } from './sockets/connection.ts'
import { OutFrame, withRequestId } from './sockets/out-frame.ts'
import type { UserConnection } from './sockets/user-connection.ts'

/** The parts of a request that its event and its answer need. */
export interface EventRequest {
  type: string
  requestId?: string | undefined
  channelId: string
  clientSeq?: number | undefined
  /** The user of the record, if it is not the user who asks. The request then has no clientSeq. */
  inNameOf?: string
}
export type Accepted = Extract<Outcome, { kind: 'accepted' }>

export interface SubmitDeps {
  submitter: Pick<Submitter<UserConnection>, 'submit'>
}

/** @returns the connection if it was sent the event as its answer, or nothing */
type Answer = (accepted: Accepted) => UserConnection | undefined | Promise<undefined>

/** Appends the one event that a request makes, as {@link submitRecord}. */
export function submitEvent(
  deps: SubmitDeps,
  connection: Connection,
  frame: SequencedFrame & { channelId: string },
  answer: Answer,
  begin?: () => () => void,
): void {
  const body = recordBodyOf(frame, connection.user.username)
  submitRecord(deps, connection, frame, body, answer, begin)
}

/**
 * Appends a record for a request. This is how the request gets its answer, such as `message_ack`:
 * 1. The record is handed to the submitter. This returns, and the socket's next frame follows it
 *    into the log.
 * 2. The outcome is settled once, by the first of: the log (refuses it), the event's push
 *    (`ChannelHub` → `settle`), the dispatcher's answer (`PushReceiver` → `answer`), the store
 *    (asked after 1 s), or 5 s without any of them.
 * 3. Accepted: `answer` sends the answer. If that is the event itself, it returns the connection.
 *    `settle` hands this on to the hub, which then shows the event to every other connection.
 * 4. Not accepted: the request is refused. If the refusal is retryable, a fence holds back the
 *    higher numbers of the channel until this one is sent again.
 *
 * @param begin is called once the record is handed over; what it returns, once it is settled
 * @throws FencedError if it must wait for an earlier number
 */
export function submitRecord(
  { submitter }: SubmitDeps,
  connection: Connection,
  request: EventRequest,
  body: RecordBody,
  answer: Answer,
  begin: () => () => void = () => () => undefined,
): void {
  const { session, user } = connection.whoami
  const { channelId, clientSeq, inNameOf = user.username } = request
  // While the rights were read, an earlier number may have been refused. It must be stored first.
  if (clientSeq !== undefined) connection.fences.check(channelId, clientSeq, steadyNow())
  const number = clientSeq === undefined ? connection.stamp() : { session, clientSeq }
  const submission = { channelId, user: inNameOf, body, ...number }
  const settled = begin()
  submitter.submit(submission, (outcome) => {
    settled()
    if (outcome.kind === 'accepted') {
      const shown = answer(outcome)
      if (!(shown instanceof Promise)) return shown
      shown.catch((error: unknown) => connection.refuse(error, request))
      return undefined
    }
    const error = refusalOf(outcome, channelId)
    // Also on a closed socket: the rights of a later number may still be being read.
    if (clientSeq !== undefined) connection.fences.refused(channelId, clientSeq, error, steadyNow())
    if (!connection.closed) connection.refuse(error, request)
    return undefined
  })
}

/**
 * For requests whose event is the answer. The connection that asked gets it with the `requestId`,
 * every other one without.
 */
export function answerWithEvent(
  deps: StoredEventDeps,
  connection: Connection,
  { channelId, requestId }: EventRequest,
): Answer {
  return ({ event, seq }) => {
    if (event === null) return showStored(deps, connection, channelId, seq, requestId)
    if (requestId === undefined) return undefined
    connection.answer(new OutFrame(withRequestId(event.frame, requestId), false))
    return connection
  }
}

export interface StoredEventDeps {
  store: Pick<MessageStore, 'events'>
}

/** Answers a repeated request with its event, which was shown before. */
export async function showStored(
  { store }: StoredEventDeps,
  connection: Pick<Connection, 'answer'>,
  channelId: string,
  seq: number,
  requestId: string | undefined,
): Promise<undefined> {
  const [row] = await store.events(channelId, { after: seq - 1, limit: 1 })
  if (row === undefined)
    throw new RequestError('unavailable', 'the event cannot be read now, try again', {
      retryAfterMs,
    })
  connection.answer(new OutFrame(withRequestId(JSON.stringify(eventFrame(row)), requestId), false))
}

export function refusalOf(
  outcome: Exclude<Outcome, { kind: 'accepted' }>,
  channelId: string,
): RequestError {
  switch (outcome.kind) {
    case 'superseded':
      return new RequestError(
        'superseded',
        'this clientSeq was skipped or used for something else: send it under a new one',
        { channelId },
      )
    case 'missing':
      return noSuchChannel(channelId)
    case 'exists':
      return new RequestError('conflict', 'the channel exists already', { channelId })
    case 'too_large':
      return new RequestError('too_large', 'too large to be stored, send less', { channelId })
    case 'unavailable':
      return new RequestError('unavailable', 'it could not be stored now, send it again', {
        retryAfterMs,
        channelId,
      })
  }
}
