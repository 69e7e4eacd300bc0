import type { Accounts } from '@rookery/accounts'
import type { PresenceBoard } from '@rookery/directory'
import {
  isStampedSession,
  messageIdOf,
  notesChannelId,
  timeOf,
  type PresenceUpdate,
} from '@rookery/domain'
import type { ChannelRow, Mark, MemberRow, MessageRow, MessageStore } from '@rookery/message-store'
import {
  bounds,
  canonicalEmoji,
  type Channel,
  type Message,
  type Participant,
} from '@rookery/protocol'
import { NameReader } from './name-reader.ts'

export interface ViewsDeps {
  store: Pick<
    MessageStore,
    'channels' | 'memberCounts' | 'members' | 'lastMessages' | 'marksOf' | 'messages'
  >
  accounts: Pick<Accounts, 'findMany'>
  board: Pick<PresenceBoard, 'read'>
}

/** Up to where a viewer sees a channel: its head, and the message number at that head. */
export interface Standing {
  channelId: string
  head: number
  messageNumber: number
}

/** A sender's read mark is written at most this long after its message. */
const markDelayMs = 2_000
/** The search for the viewer's own message reads this many recent messages of a channel. */
const recentMessages = 20
const nothingRead: Mark = { seq: 0, messageNumber: 0 }

/** Turns rows into the channels, participants and messages that REST and the socket show. */
export class Views {
  readonly #deps: ViewsDeps
  readonly #names: NameReader

  constructor(deps: ViewsDeps) {
    this.#deps = deps
    this.#names = new NameReader(deps.accounts)
  }

  /** The channels of `standings` as `username` sees them, in the same order. Omits unknown ones. */
  async channels(username: string, standings: readonly Standing[]): Promise<Channel[]> {
    const ids = standings.map((one) => one.channelId)
    const { store } = this.#deps
    const [rows, counts, marks, newest] = await Promise.all([
      store.channels(ids),
      store.memberCounts(ids),
      store.marksOf(username),
      store.lastMessages(ids),
    ])
    const last = new Map<string, MessageRow>()
    await Promise.all(
      standings.map(async ({ channelId, head }) => {
        let message = newest.get(channelId)
        // The newest message was stored after the head was read. Show the one before it.
        if (message !== undefined && message.seq > head)
          [message] = await store.messages(channelId, { before: head + 1, limit: 1 })
        if (message !== undefined) last.set(channelId, message)
      }),
    )
    const read = await Promise.all(
      ids.map((id) => this.#readUpTo(username, marks.get(id) ?? nothingRead, last.get(id))),
    )
    const direct = await Promise.all(
      ids.map(async (id) =>
        rows.get(id)?.kind === 'direct' ? store.members(id, { limit: 2 }) : [],
      ),
    )
    const people = await this.participants(direct.flat())
    const byName = new Map(people.map((one) => [one.username, one]))
    return standings.flatMap((standing, index) => {
      const row = rows.get(standing.channelId)
      if (row === undefined) return []
      const participants = direct[index]?.flatMap(({ username: name, role }) => {
        const person = byName.get(name)
        return person === undefined ? [] : [{ ...person, role }]
      })
      return [
        channelView(row, standing, {
          mark: read[index] ?? nothingRead,
          memberCount: counts.get(standing.channelId) ?? 0,
          participants: row.kind === 'direct' ? participants : undefined,
          lastMessage: last.get(standing.channelId),
          isNotes: standing.channelId === notesChannelId(username),
        }),
      ]
    })
  }

  /**
   * The stored read mark, or the user's own message after it. Users have read their own messages,
   * but the mark is written up to 2 s later.
   */
  async #readUpTo(username: string, stored: Mark, last: MessageRow | undefined): Promise<Mark> {
    if (last === undefined || last.seq <= stored.seq) return stored
    if (last.user === username) return last
    if (last.sentAtMs < Date.now() - markDelayMs) return stored
    const page = { before: last.seq, limit: recentMessages }
    const recent = await this.#deps.store.messages(last.channelId, page)
    return recent.findLast(({ user, seq }) => user === username && seq > stored.seq) ?? stored
  }

  /** One channel with its first participants. */
  async channel(username: string, standing: Standing): Promise<Channel | null> {
    const [channels, participants] = await Promise.all([
      this.channels(username, [standing]),
      this.participantsOf(standing.channelId, { limit: bounds.participantsMax }),
    ])
    const channel = channels[0]
    return channel === undefined ? null : { ...channel, participants }
  }

  async participantsOf(
    channelId: string,
    page: { after?: string; limit: number },
  ): Promise<Participant[]> {
    return this.participants(await this.#deps.store.members(channelId, page))
  }

  async participants(
    members: readonly Pick<MemberRow, 'username' | 'role'>[],
  ): Promise<Participant[]> {
    const usernames = [...new Set(members.map((member) => member.username))]
    const [people, statuses] = await Promise.all([
      this.#names.read(usernames),
      this.statuses(usernames),
    ])
    return members.map(({ username, role }) => {
      const { displayName = username, deleted = false } = people.get(username) ?? {}
      return {
        username,
        displayName,
        role,
        status: statuses.get(username)?.status ?? 'offline',
        ...(deleted && { deleted }),
      }
    })
  }

  /** The statuses that other users see. If the board does not answer, all users are offline. */
  async statuses(usernames: readonly string[]): Promise<ReadonlyMap<string, PresenceUpdate>> {
    if (usernames.length === 0) return new Map()
    return this.#deps.board.read(usernames).catch(() => new Map<string, PresenceUpdate>())
  }
}

/** A message as it is now, with its last edit, its deletion and its reactions. */
export function messageView(row: MessageRow): Message {
  const { channelId, seq, text, editedAtMs, deletedAtMs, session, clientSeq } = row
  return {
    type: 'chat_message',
    channelId,
    seq,
    messageId: messageIdOf(channelId, seq),
    senderId: row.user,
    ...(deletedAtMs === null && text !== null ? { content: text.content } : {}),
    ...(deletedAtMs === null && text?.metadata !== undefined ? { metadata: text.metadata } : {}),
    sentAt: timeOf(row.sentAtMs),
    ...(isStampedSession(session) ? {} : { session, clientSeq }),
    ...(editedAtMs === null || deletedAtMs !== null ? {} : { editedAt: timeOf(editedAtMs) }),
    ...(deletedAtMs === null ? {} : { deletedAt: timeOf(deletedAtMs) }),
    ...(deletedAtMs === null && { reactions: Object.fromEntries(reactionsView(row.reactions)) }),
  }
}

/** Older rows may hold reactions in two spellings of one emoji. They are shown as one emoji. */
function reactionsView(reactions: MessageRow['reactions']): Map<string, string[]> {
  const shown = new Map<string, string[]>()
  for (const [emoji, users] of reactions) {
    const name = canonicalEmoji(emoji) ?? emoji
    shown.set(name, [...new Set([...(shown.get(name) ?? []), ...users])].sort())
  }
  return shown
}

function channelView(
  row: ChannelRow,
  standing: Standing,
  own: {
    mark: Mark
    memberCount: number
    participants: Participant[] | undefined
    lastMessage: MessageRow | undefined
    isNotes: boolean
  },
): Channel {
  return {
    channelId: row.channelId,
    kind: row.kind,
    name: row.name,
    ...(row.topic === null || row.topic === '' ? {} : { topic: row.topic }),
    createdAt: timeOf(row.createdAtMs),
    memberCount: own.memberCount,
    head: standing.head,
    ...(own.participants === undefined ? {} : { participants: own.participants }),
    // A mark may be ahead of the head, if the head was read first.
    lastReadSeq: Math.min(own.mark.seq, standing.head),
    unread: Math.max(0, standing.messageNumber - own.mark.messageNumber),
    ...(own.lastMessage === undefined ? {} : { lastMessage: messageView(own.lastMessage) }),
    ...(own.isNotes && { notes: true }),
  }
}
