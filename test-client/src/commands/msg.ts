import { directWith } from './direct.ts'
import type { ChatSession } from '../chat-session.ts'
import { fail } from './command.ts'
import type { Command } from './command.ts'

export const msg: Command = {
  name: 'msg',
  usage: '[@<username>] <message>',
  summary:
    'send a message to somebody, or to the current room, as typing it without a command does',
  completes: ['text'],
  async run({ rest }, session) {
    if (rest === '') fail(msg)
    const [, username, message] = /^@(\S+)\s+(.*)$/su.exec(rest) ?? []
    if (username === undefined || message === undefined) {
      if (/^@\S+$/u.test(rest)) fail(msg)
      return say(session, session.currentRoom(), rest)
    }
    await say(session, await directWith(username, session), message)
  },
}

/** Sends a message and reports it once it is stored. */
export async function say(session: ChatSession, channelId: string, content: string): Promise<void> {
  const { seq, sentAt } = await session.client.send(channelId, content)
  session.report({ type: 'sent', seq, content, sentAt, ...session.place(channelId) })
}
