import { fail } from './command.ts'
import type { Command } from './command.ts'

export const rename: Command = {
  name: 'rename',
  usage: '<name>',
  summary: 'give this room another name',
  completes: ['text'],
  async run({ words, rest }, session) {
    const name = words.length === 1 ? (words[0] ?? '') : rest.trim()
    if (name === '') fail(rename)
    await session.client.updateChannel(session.currentRoom(), { name })
  },
}
