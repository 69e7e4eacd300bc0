import { fail, seqAndText } from './command.ts'
import type { Command } from './command.ts'

export const unreact: Command = {
  name: 'unreact',
  usage: '<number> <emoji>',
  summary: 'take a reaction back',
  completes: ['text'],
  async run(line, session) {
    const { seq, text } = seqAndText(unreact, line)
    if (text === '') fail(unreact)
    await session.client.unreact(session.currentRoom(), seq, text.trim())
  },
}
