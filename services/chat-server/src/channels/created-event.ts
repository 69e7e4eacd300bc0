import { eventFrame, type EventPush, type EventRow } from '@rookery/domain'
import type { Channel, EventFrameOf } from '@rookery/protocol'
import type { Views } from '@rookery/views'

export interface CreatedEventDeps {
  views: Pick<Views, 'participants'>
}

type Created = EventFrameOf<'channel_created'>

/** The frame of a creation with display names and statuses, which the log does not hold. */
export async function creationFrame(deps: CreatedEventDeps, row: EventRow): Promise<Created> {
  const frame = eventFrame(row)
  if (frame.type !== 'channel_created') throw new Error(`event ${row.seq} creates no channel`)
  return named(deps, frame)
}

/** A pushed creation with display names and statuses, and the channel that it shows. */
export async function namedEvent(
  deps: CreatedEventDeps,
  event: EventPush,
): Promise<{ event: EventPush; channel: Channel }> {
  const frame = await named(deps, JSON.parse(event.frame) as Created)
  return { event: { ...event, frame: JSON.stringify(frame) }, channel: frame.channel }
}

async function named({ views }: CreatedEventDeps, frame: Created): Promise<Created> {
  const participants = await views.participants(frame.channel.participants ?? [])
  return { ...frame, channel: { ...frame.channel, participants } }
}
