import type { Channel } from '@rookery/protocol'
import type { ChannelHub, Recording } from './channel-hub.ts'
import type { Connection } from '../sockets/connection.ts'
import type { ChatContext } from '../context.ts'
import { answerJoined } from '../handlers/join-channel.ts'
import { OutFrame } from '../sockets/out-frame.ts'

const channelsPerPage = 100
const maxPageBytes = 48 * 1024

/**
 * Sends the socket its channels, each with the head from which on it gets every event: positions are taken first, and what is delivered while
 * the list is put together follows right behind it.
 */
export async function showChannels(ctx: ChatContext, connection: Connection): Promise<void> {
  const { user } = connection
  await catchUp(ctx, [...user.channels.values()])
  const recordings = new Map<ChannelHub, Recording>()
  for (const hub of user.channels.values()) recordings.set(hub, hub.record())
  try {
    const channels = await read(ctx, user.username, recordings)
    if (connection.closed) return
    // In one tick from here: no event can come between the list and what follows it.
    const shown = channels.filter(({ channelId }) => user.channels.has(channelId))
    sendPages(connection, shown)
    connection.ready = true
    for (const [hub, recording] of recordings) {
      if (!user.channels.has(hub.channelId)) continue
      for (const frame of recording.frames) connection.push(frame, hub)
      if (recording.overflow)
        connection.send({ type: 'channel_head', channelId: hub.channelId, head: hub.position })
    }
  } finally {
    for (const [hub, recording] of recordings) hub.stopRecording(recording)
  }
  const listed = new Set([...recordings.keys()].map((hub) => hub.channelId))
  for (const channelId of connection.joinedWhileListing)
    if (!listed.has(channelId) && user.channels.has(channelId))
      await answerJoined(ctx, connection, channelId, { requestId: undefined })
  connection.joinedWhileListing.clear()
}

/**
 * What was acknowledged anywhere is then within the heads, though its push may be on its way: a client that was shown more elsewhere would
 * have to drop what it has. While heads cannot be read, or followed, the positions must do.
 */
async function catchUp(ctx: ChatContext, hubs: readonly ChannelHub[]): Promise<void> {
  try {
    await ctx.hubs.readHeads(hubs.map(({ channelId }) => channelId))
    await Promise.all(hubs.map((hub) => hub.caughtUp()))
  } catch (error) {
    ctx.logger.warn({ err: error }, 'a list may tell heads that are behind')
  }
}

async function read(
  ctx: ChatContext,
  username: string,
  recordings: ReadonlyMap<ChannelHub, Recording>,
): Promise<Channel[]> {
  const standings = [...recordings].map(([hub, { head, messageNumber }]) => ({
    channelId: hub.channelId,
    head,
    messageNumber,
  }))
  const channels = await ctx.views.channels(username, standings)
  const newest = (channel: Channel): string => channel.lastMessage?.sentAt ?? channel.createdAt
  return channels.sort((a, b) => (newest(a) < newest(b) ? 1 : -1))
}

function sendPages(connection: Connection, channels: readonly Channel[]): void {
  let page: string[] = []
  let bytes = 0
  const send = (more: boolean): void => {
    const json = `{"type":"channels_list","channels":[${page.join(',')}],"more":${String(more)}}`
    connection.answer(new OutFrame(json, false))
    page = []
    bytes = 0
  }
  for (const channel of channels) {
    const json = JSON.stringify(channel)
    if (page.length >= channelsPerPage || (page.length > 0 && bytes + json.length > maxPageBytes))
      send(true)
    page.push(json)
    bytes += json.length
  }
  send(false)
}
