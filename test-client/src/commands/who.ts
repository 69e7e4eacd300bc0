import type { Command } from './command.ts'

export const who: Command = {
  name: 'who',
  usage: '[<room>]',
  summary: 'the members of this room, or of another',
  completes: ['room'],
  async run({ words: [name] }, session) {
    const channelId = session.roomOrCurrent(name)
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
