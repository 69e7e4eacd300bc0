import { eventFrame, type EventPush, type EventRow } from '@rookery/domain'
import type { Channel, EventFrameOf } from '@rookery/protocol'
import type { ChatContext } from '../context.ts'

type Created = EventFrameOf<'channel_created'>

/** The frame of a creation with display names and statuses, which the log does not hold. */
export async function creationFrame(ctx: ChatContext, row: EventRow): Promise<Created> {
  const frame = eventFrame(row)
  if (frame.type !== 'channel_created') throw new Error(`event ${row.seq} creates no channel`)
  return named(ctx, frame)
}

export async function storedCreation(ctx: ChatContext, row: EventRow): Promise<string> {
  return JSON.stringify(await creationFrame(ctx, row))
}

export async function namedEvent(
  ctx: ChatContext,
  event: EventPush,
): Promise<{ event: EventPush; channel: Channel }> {
  const frame = await named(ctx, JSON.parse(event.frame) as Created)
  return { event: { ...event, frame: JSON.stringify(frame) }, channel: frame.channel }
}

async function named(ctx: ChatContext, frame: Created): Promise<Created> {
  const participants = await ctx.views.participants(frame.channel.participants ?? [])
  return { ...frame, channel: { ...frame.channel, participants } }
}
