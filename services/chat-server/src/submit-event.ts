import { eventFrame, type RecordBody } from '@rookery/domain'
import type { SequencedFrame } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import type { Outcome } from '@rookery/submission'
import type { Connection } from './sockets/connection.ts'
import type { ChatContext } from './context.ts'
import { OutFrame, withRequestId } from './sockets/out-frame.ts'
import { recordBodyOf } from './record-body.ts'
import { noSuchChannel, RequestError, retryAfterMs } from './request-error.ts'

/** The parts of a request that its event and its answer need. */
export interface EventRequest {
  type: string
  requestId?: string | undefined
  channelId: string
  clientSeq?: number | undefined
  /** Whose act it is; absent: the user's who asks. An act for somebody else is not numbered. */
  inNameOf?: string
}
export type Accepted = Extract<Outcome, { kind: 'accepted' }>

type Answer = (accepted: Accepted) => Connection | undefined | Promise<undefined>

/** Appends the one event that a request makes, as {@link submitRecord}. */
export function submitEvent(
  ctx: ChatContext,
  connection: Connection,
  frame: SequencedFrame & { channelId: string },
  answer: Answer,
  begin?: () => () => void,
): void {
  const body = recordBodyOf(frame, connection.user.username)
  submitRecord(ctx, connection, frame, body, answer, begin)
}

/**
 * Appends a record. Returns once it is queued, so that the next frame of the socket follows it in the
 * log; what became of it is answered later. `answer` may say that it showed the event itself, by
 * returning the connection.
 * `begin` is called when the event is on its way; what it returns is called once it is settled.
 *
 * @throws FencedError it must wait for an earlier number
 */
export function submitRecord(
  ctx: ChatContext,
  connection: Connection,
  request: EventRequest,
  body: RecordBody,
  answer: Answer,
  begin: () => () => void = () => () => undefined,
): void {
  const { session, user } = connection.whoami
  const { channelId, clientSeq, inNameOf = user.username } = request
  // While the rights were read, an earlier number may have been refused, which must be stored before this one.
  if (clientSeq !== undefined) connection.fences.check(channelId, clientSeq, steadyNow())
  const number = clientSeq === undefined ? connection.stamp() : { session, clientSeq }
  const submission = { channelId, user: inNameOf, body, ...number }
  const settled = begin()
  ctx.submitter.submit(submission, (outcome) => {
    settled()
    if (outcome.kind === 'accepted') {
      const shown = answer(outcome)
      if (!(shown instanceof Promise)) return shown
      shown.catch((error: unknown) => connection.refuse(error, request))
      return undefined
    }
    const error = refusalOf(outcome, channelId)
    // Also on a closed socket: of a later number the rights may still be read.
    if (clientSeq !== undefined) connection.fences.refused(channelId, clientSeq, error, steadyNow())
    if (!connection.closed) connection.refuse(error, request)
    return undefined
  })
}

/** For requests that their event answers: with the requestId for who asked, without it for the others. */
export function answerWithEvent(
  ctx: ChatContext,
  connection: Connection,
  { channelId, requestId }: EventRequest,
): Answer {
  return ({ event, seq }) => {
    if (event === null) return showStored(ctx, connection, channelId, seq, requestId)
    if (requestId === undefined) return undefined
    connection.answer(new OutFrame(withRequestId(event.frame, requestId), false))
    return connection
  }
}

/** A repeat: its event was shown before, and is the answer once more. */
export async function showStored(
  ctx: ChatContext,
  connection: Connection,
  channelId: string,
  seq: number,
  requestId: string | undefined,
): Promise<undefined> {
  const [row] = await ctx.store.events(channelId, { after: seq - 1, limit: 1 })
  if (row === undefined) throw new RequestError('unavailable', 'try again', { retryAfterMs })
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
      return new RequestError('conflict', 'the channel exists', { channelId })
    case 'too_large':
      return new RequestError('too_large', 'too large to be stored', { channelId })
    case 'unavailable':
      return new RequestError('unavailable', 'it could not be stored now, send it again', {
        retryAfterMs,
        channelId,
      })
  }
}
