import { oneName } from './command.ts'
import type { Command } from './command.ts'

export const read: Command = {
  name: 'read',
  usage: '[<room>]',
  summary: 'mark this room, or another, as read',
  completes: ['room'],
  async run(line, session) {
    const channelId = session.roomOrCurrent(oneName(line))
    const seq = await session.client.markRead(channelId)
    const { room } = session.place(channelId)
    session.report({ type: 'done', command: 'read', text: `read [${room}] up to #${seq}` })
  },
}
