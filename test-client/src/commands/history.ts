import { messageReport } from '../report-events.ts'
import { fail } from './command.ts'
import type { Command } from './command.ts'

export const history: Command = {
  name: 'history',
  usage: '[<count> [before <number>]]',
  summary: 'earlier messages of this room',
  completes: ['text'],
  async run({ rest }, session) {
    const [, count = '20', before] =
      /^(?:(\d{1,3})(?:\s+before\s+#?(\d{1,15}))?)?\s*$/.exec(rest) ?? fail(history)
    const channelId = session.currentRoom()
    const page = { limit: Number(count), ...(before !== undefined && { before: Number(before) }) }
    const messages = await session.client.history(channelId, page)
    for (const message of messages) {
      session.report(messageReport(message, session.place(channelId), true))
    }
    if (messages.length === 0) {
      session.report({ type: 'done', command: 'history', text: 'no earlier messages' })
    }
  },
}
