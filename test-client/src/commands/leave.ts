import type { Command } from './command.ts'

export const leave: Command = {
  name: 'leave',
  usage: '[<room>]',
  summary: 'end your membership of this room, or of another',
  completes: ['room'],
  async run({ rest }, session) {
    await session.client.leave(session.roomOrCurrent(rest))
  },
}
