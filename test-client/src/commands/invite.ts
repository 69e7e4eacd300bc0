import { needPeople } from './command.ts'
import type { Command } from './command.ts'

export const invite: Command = {
  name: 'invite',
  usage: '<username> …',
  summary: 'add people to this room',
  completes: ['user'],
  async run(line, session) {
    const usernames = needPeople(invite, line)
    await session.client.addParticipants(session.currentRoom(), usernames)
  },
}
