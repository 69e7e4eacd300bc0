import type { ChatSession } from '../chat-session.ts'

/** Makes one of the user's channels the current room. */
export function enter(channelId: string, session: ChatSession): void {
  session.enter(channelId)
  const head = session.channels.get(channelId)?.channel.head ?? 1
  session.report({ type: 'entered', head, ...session.place(channelId) })
}
