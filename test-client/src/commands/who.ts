import { oneName } from './command.ts'
import type { Command } from './command.ts'

export const who: Command = {
  name: 'who',
  usage: '[<room>]',
  summary: 'the members of this room, or of another',
  completes: ['room'],
  async run(line, session) {
    const channelId = session.roomOrCurrent(oneName(line))
    const limit = 100
    let after: string | undefined
    for (;;) {
      const query = { limit, ...(after !== undefined && { after }) }
      const page = await session.client.rest('listParticipants', { params: { channelId }, query })
      for (const member of page.participants) {
        session.report({ type: 'member', ...member, ...session.place(channelId) })
      }
      if (page.participants.length < limit) return
      after = page.participants.at(-1)?.username
    }
  },
}
