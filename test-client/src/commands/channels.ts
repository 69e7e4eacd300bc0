import { channelReport } from '../chat-session.ts'
import type { Command } from './command.ts'

export const channels: Command = {
  name: 'channels',
  usage: '[public [<query>]]',
  summary: 'your channels, or those anyone may join',
  async run({ words: [which, query] }, session) {
    if (which === 'public') {
      const found = await session.client.rest('listPublicChannels', {
        query: { query: query?.replace(/^#/, ''), limit: 100 },
      })
      for (const channel of found.channels) {
        const { channelId, name } = channel
        const member = session.channels.has(channelId)
        const place = { channelId, room: name ?? channelId, kind: channel.kind }
        session.report(channelReport(place, channel, member))
      }
      return
    }
    const own = session.client.channels
    for (const { channel } of own.values()) {
      session.report(channelReport(session.place(channel.channelId), channel, true))
    }
    if (own.size === 0) {
      session.report({
        type: 'done',
        command: 'channels',
        text: 'no channels yet: /create or /join one',
      })
    }
  },
}
