import { eventSchemas, isEventType, serverFrameSchemas } from '@rookery/protocol'
import type { EventFrame, ServerFrame, ServerFrameType } from '@rookery/protocol'

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
export function readServerFrames(text: string): IncomingFrame[] {
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
    return Array.isArray(events) ? readEvents(events) : []
  }
  if (type === 'sync_result') return readSync(value)
  if (isEventType(type) || !Object.hasOwn(serverFrameSchemas, type)) return readEvents([value])
  const schema = serverFrameSchemas[type as Exclude<ServerFrameType, EventFrame['type']>]
  const parsed = schema.safeParse(value)
  return parsed.success ? [parsed.data as IncomingFrame] : []
}

function readEvents(values: readonly unknown[]): FeedEvent[] {
  return values.map(readEvent).filter((event) => event !== null)
}

function readEvent(value: unknown): FeedEvent | null {
  if (!isObject(value)) return null
  const { type, channelId, seq, session, clientSeq, requestId } = value
  if (typeof type !== 'string') return null
  if (isEventType(type)) {
    const parsed = eventSchemas[type].safeParse(value)
    if (parsed.success) return parsed.data
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

function readSync(value: Record<string, unknown>): IncomingSync[] {
  const { epoch, channels, requestId } = value
  if (typeof epoch !== 'string' || !isObject(channels)) return []
  const read = new Map<string, SyncedChannel>()
  for (const [channelId, channel] of Object.entries(channels)) {
    const synced = readSyncedChannel(channel)
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

function readSyncedChannel(value: unknown): SyncedChannel | null {
  if (!isObject(value)) return null
  const { events, head, more, error } = value
  if (Array.isArray(events) && typeof head === 'number' && typeof more === 'boolean') {
    return { events: readEvents(events), head, more }
  }
  if (isObject(error) && typeof error['code'] === 'string') {
    return { error: { code: error['code'] } }
  }
  return value['reset'] === true && typeof head === 'number' ? { reset: true, head } : null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
