import { fail } from './command.ts'
import type { Command } from './command.ts'
import { say } from './msg.ts'

export const dm: Command = {
  name: 'dm',
  usage: '<username> [<message>]',
  summary: 'enter the direct channel with somebody, and send a message there',
  completes: ['user', 'text'],
  async run(line, session) {
    const [, username, message = ''] = /^@?(\S+)\s*(.*)$/s.exec(line.rest) ?? []
    if (username === undefined) fail(dm)
    const channelId = await session.client.createChannel({ participants: [username] })
    session.enter(channelId)
    const head = session.channels.get(channelId)?.channel.head ?? 1
    session.report({ type: 'entered', head, ...session.place(channelId) })
    if (message !== '') await say(session, channelId, message)
  },
}
