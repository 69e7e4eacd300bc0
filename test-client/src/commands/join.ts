import type { ServerFrameOf } from '@rookery/protocol'
import { groupNamed } from '../places.ts'
import { parseRoom } from '../labels.ts'
import type { RoomReference } from '../labels.ts'
import { messageReport } from '../report-events.ts'
import { hasCode } from '../chat-session.ts'
import type { ChatSession } from '../chat-session.ts'
import { fail, roomName } from './command.ts'
import type { Command } from './command.ts'
import { directWith } from './direct.ts'

export const join: Command = {
  name: 'join',
  usage: '@<username> | #<public room> | "<group>"',
  summary: 'enter a channel (joining it if it is public) and see its last messages; an id will do',
  completes: ['room'],
  async run({ rest }, session) {
    const wanted = parseRoom(rest) ?? fail(join)
    showJoined(await joinRoom(wanted, session), session)
  },
}

/** Joins the room that the text means. If there is no public room of this name, it creates one. */
export async function joinOrCreate(text: string, session: ChatSession): Promise<void> {
  const wanted = parseRoom(text) ?? fail(join)
  const { client } = session
  try {
    return showJoined(await joinRoom(wanted, session), session)
  } catch (error) {
    if (!hasCode(error, 'not_found') || wanted.kind === 'direct') throw error
  }
  const name = roomName(wanted.name)
  try {
    await client.createChannel({ kind: 'public', name })
  } catch (error) {
    // Another user created it at this moment.
    if (!hasCode(error, 'name_taken')) throw error
  }
  showJoined(await client.join({ name }), session)
}

async function joinRoom(
  wanted: RoomReference,
  session: ChatSession,
): Promise<ServerFrameOf<'channel_joined'>> {
  const { client, channels } = session
  if (wanted.kind === 'direct') {
    return client.join({ channelId: await directWith(wanted.username, session) })
  }
  const { name } = wanted
  if (wanted.kind === 'bare' && channels.has(name)) return client.join({ channelId: name })
  const group = () => groupNamed(name, channels, session.username)
  if (wanted.kind === 'quoted') {
    const channelId = group()
    if (channelId !== null) return client.join({ channelId })
  }
  try {
    return await client.join({ name })
  } catch (error) {
    if (!hasCode(error, 'not_found') || wanted.kind !== 'bare') throw error
  }
  // There is no public room of this name. It may be one of the user's groups, or the id of a
  // channel.
  return client.join({ channelId: group() ?? name })
}

function showJoined(joined: ServerFrameOf<'channel_joined'>, session: ChatSession): void {
  const { channelId, head, messages } = joined
  session.enter(channelId)
  const place = session.place(channelId)
  session.report({ type: 'entered', head, ...place })
  for (const message of messages) session.report(messageReport(message, place, true))
}
