import type { Command } from './command.ts'

export const topic: Command = {
  name: 'topic',
  usage: '[<text>]',
  summary: 'set what this room is about, or remove that',
  completes: ['text'],
  async run({ rest }, session) {
    await session.client.updateChannel(session.currentRoom(), { topic: rest.trim() })
  },
}
