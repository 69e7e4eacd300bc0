import type { ServerFrameOf } from '@rookery/protocol'
import { messageReport } from '../report-events.ts'
import { hasCode } from '../session.ts'
import type { Session } from '../session.ts'
import { fail, oneName } from './command.ts'
import type { Command } from './command.ts'

export const join: Command = {
  name: 'join',
  usage: '<channelId or name>',
  summary: 'enter a channel (joining it if it is public) and see its last messages',
  completes: ['room'],
  async run(line, session) {
    const wanted = oneName(line)
    if (wanted === undefined) fail(join)
    showJoined(await joinByIdOrName(wanted, session), session)
  },
}

async function joinByIdOrName(
  wanted: string,
  session: Session,
): Promise<ServerFrameOf<'channel_joined'>> {
  const channelId = session.findRoom(wanted)
  if (channelId !== null) return session.client.join({ channelId })
  const name = wanted.replace(/^#/, '')
  try {
    return await session.client.join({ channelId: wanted })
  } catch (error) {
    if (!hasCode(error, 'not_found') || name === '') throw error
    return session.client.join({ name })
  }
}

/** Joins the public room of this name, else an own channel called so; makes a public one if there is neither. */
export async function joinOrCreate(name: string, session: Session): Promise<void> {
  const { client } = session
  try {
    return showJoined(await client.join({ name }), session)
  } catch (error) {
    if (!hasCode(error, 'not_found')) throw error
  }
  const channelId = session.findRoom(name)
  if (channelId !== null) return showJoined(await client.join({ channelId }), session)
  try {
    await client.createChannel({ kind: 'public', name })
  } catch (error) {
    // Somebody else made it in this very moment.
    if (!hasCode(error, 'name_taken')) throw error
  }
  showJoined(await client.join({ name }), session)
}

function showJoined(joined: ServerFrameOf<'channel_joined'>, session: Session): void {
  const { channelId, head, messages } = joined
  session.enter(channelId)
  const place = session.place(channelId)
  session.report({ type: 'entered', head, ...place })
  for (const message of messages) session.report(messageReport(message, place, true))
}
