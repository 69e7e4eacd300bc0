import { fail, newName, oneName } from './command.ts'
import type { Command } from './command.ts'

export const rename: Command = {
  name: 'rename',
  usage: '<name>',
  summary: 'give this room another name',
  completes: ['text'],
  async run(line, session) {
    const name = oneName(line)
    if (name === undefined) fail(rename)
    await session.client.updateChannel(session.currentRoom(), { name: newName(rename, name) })
  },
}
