import type { Channel } from '@rookery/protocol'
import type { Logger } from '@rookery/service-kit'
import type { Views } from '@rookery/views'
import type { Connection } from '../sockets/connection.ts'
import { OutFrame } from '../sockets/out-frame.ts'
import { answerJoined, type AnswerJoinedDeps } from './answer-joined.ts'
import type { ChannelHub, Recording } from './channel-hub.ts'
import type { Hubs } from './hubs.ts'

export interface ChannelsListDeps extends AnswerJoinedDeps {
  hubs: Pick<Hubs, 'readHeads'>
  views: Pick<Views, 'channels' | 'channel'>
  logger: Pick<Logger, 'warn'>
}

const channelsPerPage = 100
const maxPageBytes = 48 * 1024

/**
 * Sends a new socket its channels, each with the head after which it gets every event. From then on
 * the socket is live. The phases are those of the hand-over (see `ChannelHub`).
 */
export async function showChannels(deps: ChannelsListDeps, connection: Connection): Promise<void> {
  const { user } = connection
  await catchUp(deps, [...user.channels.values()])
  // Phases 1 and 2.
  const recordings = new Map<ChannelHub, Recording>()
  for (const hub of user.channels.values()) recordings.set(hub, hub.record())
  try {
    const channels = await read(deps, user.username, recordings)
    if (connection.closed) return
    // Phase 4, in one tick: no event can come between the list and what follows it.
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
      await answerJoined(deps, connection, channelId, { requestId: undefined })
  connection.joinedWhileListing.clear()
}

/**
 * Brings the positions up to every event that any server has acknowledged. A client that was shown
 * more by another server would otherwise have to drop what it has. While heads cannot be read, or
 * reached, the list shows the positions that this server has.
 */
async function catchUp(
  { hubs: all, logger }: ChannelsListDeps,
  hubs: readonly ChannelHub[],
): Promise<void> {
  try {
    await all.readHeads(hubs.map(({ channelId }) => channelId))
    await Promise.all(hubs.map((hub) => hub.caughtUp()))
  } catch (error) {
    logger.warn({ err: error }, 'heads could not be read, a list shows heads that may be old')
  }
}

async function read(
  { views }: ChannelsListDeps,
  username: string,
  recordings: ReadonlyMap<ChannelHub, Recording>,
): Promise<Channel[]> {
  const standings = [...recordings].map(([hub, { head, messageNumber }]) => ({
    channelId: hub.channelId,
    head,
    messageNumber,
  }))
  const channels = await views.channels(username, standings)
  const newest = (channel: Channel): string => channel.lastMessage?.sentAt ?? channel.createdAt
  return channels.sort((a, b) => (newest(a) < newest(b) ? 1 : -1))
}

function sendPages(connection: Pick<Connection, 'answer'>, channels: readonly Channel[]): void {
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
