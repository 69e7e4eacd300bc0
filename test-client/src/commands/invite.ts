import { needWords } from './command.ts'
import type { Command } from './command.ts'

export const invite: Command = {
  name: 'invite',
  usage: '<username> …',
  summary: 'add people to this room',
  completes: ['user'],
  async run(line, session) {
    const usernames = needWords(invite, line, 1)
    await session.client.addParticipants(session.currentRoom(), usernames)
  },
}
