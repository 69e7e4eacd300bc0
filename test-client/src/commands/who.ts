import type { Command } from './command.ts'

export const who: Command = {
  name: 'who',
  usage: '[<room>]',
  summary: 'the members of this room, or of another',
  completes: ['room'],
  async run({ rest }, session) {
    const channelId = session.roomOrCurrent(rest)
    const limit = 100
    let after: string | undefined
    for (;;) {
      const query = { limit, ...(after !== undefined && { after }) }
      const page = await session.client.rest('listParticipants', { params: { channelId }, query })
      for (const member of page.participants) {
        const { username, displayName, role, status } = member
        session.report({
          type: 'member',
          username,
          displayName,
          role,
          status,
          ...(member.deleted === true && { deleted: true }),
          ...session.place(channelId),
        })
      }
      if (page.participants.length < limit) return
      after = page.participants.at(-1)?.username
    }
  },
}
