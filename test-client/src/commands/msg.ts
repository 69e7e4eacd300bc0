import type { ParsedLine } from '../words.ts'
import type { Session } from '../session.ts'
import { fail } from './command.ts'
import type { Command } from './command.ts'

export const msg: Command = {
  name: 'msg',
  usage: '<message>',
  summary: 'send a message to the current room, as typing it without a command does',
  completes: ['text'],
  async run(line: ParsedLine, session) {
    if (line.rest === '') fail(msg)
    await say(session, session.currentRoom(), line.rest)
  },
}

/** Sends and reports it once it is stored. */
export async function say(session: Session, channelId: string, content: string): Promise<void> {
  const { seq } = await session.client.send(channelId, content)
  session.report({ type: 'sent', seq, content, ...session.place(channelId) })
}
