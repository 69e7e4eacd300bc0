import { usernameOf } from '../labels.ts'
import { fail } from './command.ts'
import type { Command } from './command.ts'

export const kick: Command = {
  name: 'kick',
  usage: '<username>',
  summary: 'remove somebody from this room',
  completes: ['user'],
  async run({ words: [person] }, session) {
    if (person === undefined) fail(kick)
    await session.client.removeParticipant(session.currentRoom(), usernameOf(person))
  },
}
