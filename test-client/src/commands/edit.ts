import { fail, seqAndText } from './command.ts'
import type { Command } from './command.ts'

export const edit: Command = {
  name: 'edit',
  usage: '<number> <message>',
  summary: 'change a message of yours; its number is shown as #12',
  completes: ['text'],
  async run(line, session) {
    const { seq, text } = seqAndText(edit, line)
    if (text === '') fail(edit)
    await session.client.edit(session.currentRoom(), seq, text)
  },
}
