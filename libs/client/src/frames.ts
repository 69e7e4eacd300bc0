import type {
  AnswerType,
  ClientFrameOf,
  ClientFrameType,
  ServerFrame,
  ServerFrameOf,
} from '@rookery/protocol'
import type { IncomingSync } from './incoming.ts'

export type ErrorFrame = ServerFrameOf<'error'>
export type Authenticated = ServerFrameOf<'authenticated'>

/** A request that gets an answer, so that it can wait in the outbox. */
export type RequestType = Exclude<ClientFrameType, 'typing' | 'heartbeat' | 'authenticate'>

/** Keeps a union a union, unlike Omit. */
type Without<Frame, Keys extends PropertyKey> = Frame extends unknown ? Omit<Frame, Keys> : never

/** The caller's part of a request. The outbox adds requestId and clientSeq. */
export type Request<Type extends RequestType = RequestType> = Without<
  ClientFrameOf<Type>,
  'requestId' | 'clientSeq'
>

/** The frame that answers a request of this type. */
export type AnswerTo<Type extends RequestType> = Type extends 'sync'
  ? IncomingSync
  : Extract<ServerFrame, { type: AnswerType<Type> }>
