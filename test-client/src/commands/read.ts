import { labelOf } from '../labels.ts'
import type { Command } from './command.ts'

export const read: Command = {
  name: 'read',
  usage: '[<room>]',
  summary: 'mark this room, or another, as read',
  completes: ['room'],
  async run({ rest }, session) {
    const channelId = session.roomOrCurrent(rest)
    const seq = await session.client.markRead(channelId)
    const room = labelOf(session.place(channelId))
    session.report({ type: 'done', command: 'read', text: `read [${room}] up to #${seq}` })
  },
}
