import { isEventType } from '@rookery/protocol/constants'
import type { EventFrame, ServerFrame } from '@rookery/protocol'
import type { Checks } from './checks.ts'
import { frameTypes, structure } from './structure.ts'

/**
 * A numbered frame of a type or shape that this version does not know. Its number counts, and it is
 * not shown.
 */
export interface UnknownEvent {
  type: 'unknown_event'
  channelId: string
  seq: number
  session?: string
  clientSeq?: number
  requestId?: string
  /** The type on the wire. */
  wireType: string
}

export type FeedEvent = EventFrame | UnknownEvent

/** One channel's part of a sync answer. */
export type SyncedChannel =
  | { events: FeedEvent[]; head: number; more: boolean }
  | { reset: true; head: number }
  | { error: { code: string } }

export interface IncomingSync {
  type: 'sync_result'
  requestId?: string
  epoch: string
  channels: Map<string, SyncedChannel>
}

export type IncomingFrame =
  | Exclude<ServerFrame, EventFrame | { type: 'batch' } | { type: 'sync_result' }>
  | FeedEvent
  | IncomingSync

/**
 * Reads one text frame of the server. A batch gives several frames, an unusable text none. Newer
 * servers may add types and fields: an unknown event is kept for its number.
 */
export function readServerFrames(text: string, checks: Checks = structure): IncomingFrame[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return []
  }
  if (!isObject(value) || typeof value['type'] !== 'string') return []
  const type = value['type']
  if (type === 'batch') {
    const events = value['events']
    return Array.isArray(events) ? readEvents(events, checks) : []
  }
  if (type === 'sync_result') return readSync(value, checks)
  if (isEventType(type) || !frameTypes.has(type)) return readEvents([value], checks)
  const frame = checks.frame(type as ServerFrame['type'], value)
  return frame === null ? [] : [frame as IncomingFrame]
}

function readEvents(values: readonly unknown[], checks: Checks): FeedEvent[] {
  return values.map((value) => readEvent(value, checks)).filter((event) => event !== null)
}

function readEvent(value: unknown, checks: Checks): FeedEvent | null {
  if (!isObject(value)) return null
  const { type, channelId, seq, session, clientSeq, requestId } = value
  if (typeof type !== 'string') return null
  if (isEventType(type)) {
    const event = checks.frame(type, value)
    if (event !== null) return event as EventFrame
  }
  if (typeof channelId !== 'string' || !Number.isSafeInteger(seq) || (seq as number) < 1)
    return null
  return {
    type: 'unknown_event',
    wireType: type,
    channelId,
    seq: seq as number,
    ...(typeof session === 'string' && { session }),
    ...(typeof clientSeq === 'number' && { clientSeq }),
    ...(typeof requestId === 'string' && { requestId }),
  }
}

function readSync(value: Record<string, unknown>, checks: Checks): IncomingSync[] {
  const { epoch, channels, requestId } = value
  if (typeof epoch !== 'string' || !isObject(channels)) return []
  const read = new Map<string, SyncedChannel>()
  for (const [channelId, channel] of Object.entries(channels)) {
    const synced = readSyncedChannel(channel, checks)
    if (synced !== null) read.set(channelId, synced)
  }
  return [
    {
      type: 'sync_result',
      epoch,
      channels: read,
      ...(typeof requestId === 'string' && { requestId }),
    },
  ]
}

function readSyncedChannel(value: unknown, checks: Checks): SyncedChannel | null {
  if (!isObject(value)) return null
  const { events, head, more, error } = value
  if (Array.isArray(events) && Number.isSafeInteger(head) && typeof more === 'boolean') {
    return { events: readEvents(events, checks), head: head as number, more }
  }
  if (isObject(error) && typeof error['code'] === 'string') {
    return { error: { code: error['code'] } }
  }
  return value['reset'] === true && Number.isSafeInteger(head)
    ? { reset: true, head: head as number }
    : null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
