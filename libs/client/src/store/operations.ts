import type { Request } from '../frames.ts'
import { bounds } from '@rookery/protocol/constants'
import { randomId } from '../options.ts'
import { request, rest } from './feed.ts'
import type { Leader } from './feed.ts'
import type { DurableRequestType, Sent, StoreOperations } from './types.ts'

/** Keeps a request in the outbox. */
export type Write = (request: Request<DurableRequestType>) => Promise<Sent>

/** What a user can do, as calls of the leader and entries of the outbox. */
export function operations(leader: Leader, write: Write): StoreOperations {
  let typed = { channelId: '', atMs: 0 }
  return {
    send: (channelId, content, more = {}) =>
      write({ type: 'chat_message', channelId, content, ...more }),
    edit: (channelId, seq, content, more = {}) =>
      write({ type: 'edit_message', channelId, seq, content, ...more }),
    deleteMessage: (channelId, seq) => write({ type: 'delete_message', channelId, seq }),
    react: (channelId, seq, emoji) => write({ type: 'add_reaction', channelId, seq, emoji }),
    unreact: (channelId, seq, emoji, username) =>
      write({
        type: 'remove_reaction',
        channelId,
        seq,
        emoji,
        ...(username !== undefined && { username }),
      }),
    retrySend: async (localId) => {
      await leader.call({ type: 'retry_send', localId })
    },
    discardSend: async (localId) => {
      await leader.call({ type: 'discard_send', localId })
    },

    createChannel: async (channel) => {
      const clientKey = randomId()
      return (await request(leader, { type: 'create_channel', clientKey, ...channel })).channelId
    },
    join: async (which) => (await request(leader, { type: 'join_channel', ...which })).channelId,
    leave: async (channelId) => {
      await request(leader, { type: 'leave_channel', channelId })
    },
    invite: async (channelId, usernames) => {
      await request(leader, { type: 'add_participants', channelId, participants: [...usernames] })
    },
    remove: async (channelId, username) => {
      await request(leader, { type: 'remove_participant', channelId, username })
    },
    setRole: async (channelId, username, role) => {
      await request(leader, { type: 'set_role', channelId, username, role })
    },
    rename: async (channelId, name) => {
      await request(leader, { type: 'update_channel', channelId, name })
    },
    setTopic: async (channelId, topic) => {
      await request(leader, { type: 'update_channel', channelId, topic })
    },
    typing: (channelId) => {
      const atMs = performance.now()
      if (typed.channelId === channelId && atMs - typed.atMs < bounds.typingIntervalMs) return
      typed = { channelId, atMs }
      leader.call({ type: 'typing', channelId }).catch(() => {})
    },
    setStatus: async (status, text) => {
      await request(leader, { type: 'status_update', status, ...(text !== undefined && { text }) })
    },
    setDisplayName: (displayName) => rest(leader, 'updateMe', { body: { displayName } }),
    findChannels: async (query, after) => {
      const call = { query: { query, after, limit: bounds.pageMax } }
      return (await rest(leader, 'listPublicChannels', call)).channels
    },
    findUsers: async (query) => (await rest(leader, 'findUsers', { query: { query } })).users,
    getUser: (username) => rest(leader, 'getUser', { params: { username } }),
    listMembers: async (channelId, after) => {
      const query = { after, limit: bounds.pageMax }
      const call = { params: { channelId }, query }
      return (await rest(leader, 'listParticipants', call)).participants
    },
    message: (channelId, seq) => rest(leader, 'getMessage', { params: { channelId, seq } }),
  }
}
