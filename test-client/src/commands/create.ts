import { usernameOf } from '../labels.ts'
import { needWords, newName } from './command.ts'
import type { Command } from './command.ts'
import { enter } from './enter.ts'

export const create: Command = {
  name: 'create',
  usage: '[--public] <name> [<username> …]',
  summary: 'make a channel with these participants, and enter it; quote a name with spaces',
  completes: ['text', 'user'],
  async run(line, session) {
    const [first] = needWords(create, line, 1)
    const isPublic = first === '--public'
    const [name, ...participants] = isPublic
      ? needWords(create, line, 2).slice(1)
      : needWords(create, line, 1)
    const channelId = await session.client.createChannel({
      kind: isPublic ? 'public' : 'group',
      ...(name !== undefined && { name: newName(create, name) }),
      ...(participants.length > 0 && { participants: participants.map(usernameOf) }),
    })
    enter(channelId, session)
  },
}
