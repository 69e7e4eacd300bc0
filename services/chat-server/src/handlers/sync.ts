import { eventFrame } from '@rookery/domain'
import type { MessageLog } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'
import { bounds, type ChannelSync, type EventFrame } from '@rookery/protocol'
import type { Logger } from '@rookery/service-kit'
import { type CreatedEventDeps, creationFrame } from '../channels/created-event.ts'
import type { Hubs } from '../channels/hubs.ts'
import { toRequestError } from '../request-error.ts'
import type { Connection } from '../sockets/connection.ts'
import { type AccessDeps, requireAccess } from '../users/access.ts'
import { wireEpoch } from '../wire-epoch.ts'
import type { Handler } from './handler.ts'

const maxAnswerBytes = 256 * 1024
/** Room for a channel's own part of the answer: id, head, flags. */
const overheadBytes = 200

export interface SyncDeps extends AccessDeps, CreatedEventDeps {
  hubs: Pick<Hubs, 'readHeads'>
  log: Pick<MessageLog, 'epoch'>
  store: AccessDeps['store'] & Pick<MessageStore, 'events'>
  logger: Pick<Logger, 'error'>
}

export const sync: Handler<'sync', SyncDeps> = async (ctx, connection, frame) => {
  const { requestId } = frame
  const channels: Record<string, ChannelSync> = {}
  let bytes = 0
  await ctx.hubs.readHeads(Object.keys(frame.channels))
  for (const [channelId, lastSeq] of Object.entries(frame.channels)) {
    const part = await syncChannel(ctx, connection, channelId, lastSeq, maxAnswerBytes - bytes)
    channels[channelId] = part.sync
    bytes += part.bytes + overheadBytes
    if (connection.closed) return
  }
  connection.send({
    type: 'sync_result',
    epoch: wireEpoch(ctx.log),
    channels,
    ...(requestId === undefined ? {} : { requestId }),
  })
}

async function syncChannel(
  ctx: SyncDeps,
  connection: Connection,
  channelId: string,
  lastSeq: number,
  maxBytes: number,
): Promise<{ sync: ChannelSync; bytes: number }> {
  try {
    const { hub } = await requireAccess(ctx, connection, channelId, 'read')
    await hub.caughtUp()
    if (lastSeq > hub.position) await hub.confirm()
    // Not beyond the position: membership is known only up to there.
    const head = hub.position
    if (lastSeq > head) return { sync: { reset: true, head }, bytes: 0 }
    const events: EventFrame[] = []
    let bytes = 0
    let last = lastSeq
    if (maxBytes > 0 && lastSeq < head) {
      const limit = Math.min(bounds.syncEventsMax, head - lastSeq)
      for (const row of await ctx.store.events(channelId, { after: lastSeq, limit })) {
        const event =
          row.body.type === 'channel_created' ? await creationFrame(ctx, row) : eventFrame(row)
        bytes += Buffer.byteLength(JSON.stringify(event)) + 1
        if (bytes > maxBytes && events.length > 0) break
        events.push(event)
        if (row.user === connection.user.username) connection.noteOwn(row)
        last = row.seq
        if (bytes > maxBytes) break
      }
    }
    return { sync: { events, head, more: last < head }, bytes }
  } catch (error) {
    const { code, message } = toRequestError(error)
    if (code === 'internal')
      ctx.logger.error(
        { err: error, channelId },
        'a channel could not be synced, its client is told `internal`',
      )
    return { sync: { error: { code, message } }, bytes: 0 }
  }
}
