import { fail } from './command.ts'
import type { Command } from './command.ts'
import { directWith } from './direct.ts'
import { enter } from './enter.ts'
import { say } from './msg.ts'

export const dm: Command = {
  name: 'dm',
  usage: '<username> [<message>]',
  summary: 'enter the direct channel with somebody, and send a message there',
  completes: ['user', 'text'],
  async run(line, session) {
    const [, username, message = ''] = /^@?(\S+)\s*(.*)$/s.exec(line.rest) ?? []
    if (username === undefined) fail(dm)
    const channelId = await directWith(username, session)
    enter(channelId, session)
    if (message !== '') await say(session, channelId, message)
  },
}
