import type { ChannelKind } from '@rookery/protocol'

/**
 * The room of a report: its name (for a direct channel `@` and the other member), and its id and
 * kind, because a group may have a name like a person's.
 */
export interface InRoom {
  room: string
  channelId: string
  kind: ChannelKind
  /** For a direct channel with oneself, or with a deleted account. */
  peer?: 'self' | 'deleted'
  /** The user has another group of this name. */
  twin?: true
}

/** One line of output. `--json` prints `type` and the fields. */
export type Report =
  | ({ type: 'message'; seq: number; senderId: string; content: string; sentAt: string } & Shown)
  | ({ type: 'sent'; seq: number; content: string; sentAt: string } & InRoom)
  | ({ type: 'edited'; seq: number; by: string; content: string } & InRoom)
  | ({ type: 'deleted'; seq: number; by: string } & InRoom)
  | ({ type: 'reaction'; seq: number; by: string; emoji: string; added: boolean } & InRoom)
  | ({ type: 'joined' | 'left'; username: string; by: string } & InRoom)
  | ({ type: 'role'; username: string; role: string; by: string } & InRoom)
  | ({ type: 'updated'; name?: string; topic?: string; by: string } & InRoom)
  | ({ type: 'created'; by: string } & InRoom)
  | ({ type: 'added'; by: string } & InRoom)
  | ({ type: 'removed'; by?: string } & InRoom)
  | ({ type: 'read'; username: string; lastReadSeq: number } & InRoom)
  | ({ type: 'typing'; username: string } & InRoom)
  | ({ type: 'reset' } & InRoom)
  | { type: 'presence'; username: string; status: string; text?: string; lastSeen: string | null }
  | { type: 'registered'; username: string }
  | { type: 'connected'; serverId: string; username: string }
  | { type: 'reconnected'; serverId: string; resent: number; behind: number }
  | { type: 'reconnecting'; delayMs: number; why: string; resumes: boolean }
  | { type: 'draining'; reconnectAfterMs: number }
  | { type: 'synced'; events: number }
  | { type: 'disconnected'; code: string; message: string }
  | ({ type: 'entered'; head: number } & InRoom)
  | ({
      type: 'channel'
      memberCount: number
      unread: number
      topic?: string
      member: boolean
    } & InRoom)
  | ({
      type: 'member'
      username: string
      displayName: string
      role: string
      status: string
      deleted?: true
    } & InRoom)
  | { type: 'user'; username: string; displayName: string; status: string; lastSeen: string | null }
  | {
      type: 'device'
      id: string
      device?: string
      startedAt: string
      usedAt: string
      current: boolean
    }
  | ({ type: 'unread'; unread: number } & InRoom)
  /** Replaces further lines `channel` at the log-in. */
  | { type: 'rooms'; rooms: number; unreadRooms: number }
  | { type: 'done'; command: string; text: string }
  | { type: 'help'; usage: string; summary: string }
  | { type: 'error'; code: string; message: string; command?: string }

interface Shown extends InRoom {
  /** From a page of history, not an event. */
  history?: true
  editedAt?: string
  deletedAt?: string
  reactions?: Record<string, string[]>
  metadata?: Record<string, unknown>
}
