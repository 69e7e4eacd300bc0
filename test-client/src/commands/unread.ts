import type { Command } from './command.ts'

export const unread: Command = {
  name: 'unread',
  usage: '',
  summary: 'rooms with unread messages',
  run(_line, session) {
    let rooms = 0
    for (const { channel } of session.client.channels.values()) {
      if (channel.unread === 0) continue
      rooms++
      session.report({
        type: 'unread',
        unread: channel.unread,
        ...session.place(channel.channelId),
      })
    }
    if (rooms === 0) session.report({ type: 'done', command: 'unread', text: 'nothing unread' })
  },
}
