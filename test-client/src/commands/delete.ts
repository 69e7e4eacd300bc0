import { seqAndText } from './command.ts'
import type { Command } from './command.ts'

export const deleteMessage: Command = {
  name: 'delete',
  usage: '<number>',
  summary: 'delete a message',
  completes: ['text'],
  async run(line, session) {
    const { seq } = seqAndText(deleteMessage, line)
    await session.client.deleteMessage(session.currentRoom(), seq)
  },
}
