import type { FeedEvent, RookeryClient } from '@rookery/client'
import type { Message } from '@rookery/protocol'
import type { InRoom, Report } from './report.ts'

/** The part of a session that events need. */
export interface EventSession {
  readonly report: (report: Report) => void
  readonly room: { readonly channelId: string } | null
  place(channelId: string): InRoom
  /** Null: no room. */
  enter(room: null): void
  close(): void
}

/** Reports everything that happens on a client's connection. */
export function reportEvents(session: EventSession, client: RookeryClient): void {
  const { report } = session
  const place = (channelId: string) => session.place(channelId)
  let connected = false
  client.on('ready', ({ serverId, resumed, resent, behind }) => {
    connected = true
    if (resumed) report({ type: 'reconnected', serverId, resent, behind })
    else report({ type: 'connected', serverId, username: client.user?.username ?? '' })
  })
  client.on('reconnecting', ({ delayMs, why }) => {
    report({ type: 'reconnecting', delayMs: Math.round(delayMs), why, resumes: connected })
  })
  client.on('draining', ({ reconnectAfterMs }) => report({ type: 'draining', reconnectAfterMs }))
  client.on('synced', ({ events }) => report({ type: 'synced', events }))
  client.on('stopped', ({ code, message }) => {
    // Before that, the log-in fails and reports it.
    if (connected) report({ type: 'disconnected', code, message })
    session.close()
  })
  client.on('reset', ({ channelId }) => report({ type: 'reset', ...place(channelId) }))
  client.on('event', (event) => {
    const line = eventReport(event, place(event.channelId), client.session)
    if (line !== null) report(line)
  })
  client.on('channel_joined', ({ channelId, by }) => {
    if (by === undefined || by === client.user?.username) return
    report({ type: 'added', by, ...place(channelId) })
  })
  client.on('channel_removed', ({ channelId, by }) => {
    report({ type: 'removed', ...place(channelId), ...(by !== undefined && { by }) })
    if (session.room?.channelId === channelId) session.enter(null)
  })
  client.on('channel_read', ({ channelId, userId, lastReadSeq }) => {
    if (userId === client.user?.username) return
    report({ type: 'read', username: userId, lastReadSeq, ...place(channelId) })
  })
  client.on('presence_update', ({ presence }) => {
    for (const { userId, status, text, lastSeen } of presence) {
      const shown = { username: userId, status, lastSeen, ...(text !== undefined && { text }) }
      report({ type: 'presence', ...shown })
    }
  })
  client.on('typing', ({ channelId, userId }) => {
    report({ type: 'typing', username: userId, ...place(channelId) })
  })
  client.on('server_error', ({ code, message }) => report({ type: 'error', code, message }))
}

/** The report of an event. Messages of this process are reported as sent, not again as events. */
function eventReport(event: FeedEvent, place: InRoom, ownSession: string): Report | null {
  switch (event.type) {
    case 'chat_message':
      return event.session === ownSession ? null : messageReport(event, place)
    case 'channel_created':
      return { type: 'created', by: event.by, ...place }
    case 'participant_joined':
      return { type: 'joined', username: event.username, by: event.by, ...place }
    case 'participant_left':
      return { type: 'left', username: event.username, by: event.by, ...place }
    case 'role_changed':
      return { type: 'role', username: event.username, role: event.role, by: event.by, ...place }
    case 'channel_updated': {
      const { by, name, topic } = event
      return {
        type: 'updated',
        by,
        ...(name !== undefined && { name }),
        ...(topic !== undefined && { topic }),
        ...place,
      }
    }
    case 'message_edited':
      return {
        type: 'edited',
        seq: event.targetSeq,
        by: event.by,
        content: event.content,
        ...place,
      }
    case 'message_deleted':
      return { type: 'deleted', seq: event.targetSeq, by: event.by, ...place }
    case 'reaction_added':
    case 'reaction_removed': {
      const { targetSeq: seq, by, emoji } = event
      return { type: 'reaction', seq, by, emoji, added: event.type === 'reaction_added', ...place }
    }
    case 'unknown_event':
      return null
  }
}

export function messageReport(
  message: Omit<Message, 'type'>,
  place: InRoom,
  history?: true,
): Report {
  const { seq, senderId, content = '', sentAt, editedAt, deletedAt, reactions, metadata } = message
  return {
    type: 'message',
    ...place,
    seq,
    senderId,
    content,
    sentAt,
    ...(history !== undefined && { history }),
    ...(editedAt !== undefined && { editedAt }),
    ...(deletedAt !== undefined && { deletedAt }),
    ...(reactions !== undefined && { reactions }),
    ...(metadata !== undefined && { metadata }),
  }
}
