import { fail, seqAndText } from './command.ts'
import type { Command } from './command.ts'

export const react: Command = {
  name: 'react',
  usage: '<number> <emoji>',
  summary: 'react to a message',
  completes: ['text'],
  async run(line, session) {
    const { seq, text } = seqAndText(react, line)
    if (text === '') fail(react)
    await session.client.react(session.currentRoom(), seq, text.trim())
  },
}
