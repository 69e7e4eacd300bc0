import {
  channelKindOf,
  comparePositions,
  type EventRow,
  indexKeys,
  type LogPosition,
  type SessionRow,
} from '@rookery/domain'
import { bareEmoji } from '@rookery/protocol'
import type {
  ChannelReader,
  ChannelWrite,
  DeletionWrite,
  ErasureWrite,
  HeadWrite,
  MemberWrite,
  MessageRow,
  ReactionWrite,
  ReadMark,
  TextWrite,
  TurnWrites,
} from '@rookery/message-store'

export interface Projection {
  writes: TurnWrites
  /** The read marks with which new memberships begin. */
  joinMarks: ReadMark[]
}

/** The reads that a projection needs besides the folded rows. */
export type ProjectionReader = Pick<ChannelReader, 'member' | 'message'>

/**
 * Turns folded rows into writes: the rows themselves and the projections of them. Some writes
 * depend on stored rows: a redundant join changes nothing, an edit of a deleted message has no
 * text. Only rows from earlier in the log count for this, so a repeated turn makes the same writes.
 */
export async function project(
  rows: readonly EventRow[],
  sessions: readonly SessionRow[],
  reader: ProjectionReader,
): Promise<Projection> {
  const turn = new TurnProjection(reader, rows)
  const events: EventRow[] = []
  for (const row of rows) events.push(await turn.add(row))
  return {
    writes: {
      events,
      sessions,
      heads: [...turn.heads.values()],
      channels: turn.channels,
      members: turn.members,
      texts: turn.texts,
      deletions: turn.deletions,
      reactions: turn.reactions,
      erasures: turn.erasures,
    },
    joinMarks: turn.joinMarks,
  }
}

class TurnProjection {
  readonly heads = new Map<string, HeadWrite>()
  readonly channels: ChannelWrite[] = []
  readonly members: MemberWrite[] = []
  readonly texts: TextWrite[] = []
  readonly deletions: DeletionWrite[] = []
  readonly reactions: ReactionWrite[] = []
  readonly erasures: ErasureWrite[] = []
  readonly joinMarks: ReadMark[] = []

  readonly #reader: ProjectionReader
  readonly #messagesOfTurn: ReadonlySet<string>
  /** Whether users are members, as of the rows that this turn has added. */
  readonly #present = new Map<string, boolean>()
  readonly #deleted = new Map<string, LogPosition>()
  readonly #edits = new Map<string, number[]>()
  readonly #stored = new Map<string, Promise<MessageRow | null>>()

  constructor(reader: ProjectionReader, rows: readonly EventRow[]) {
    this.#reader = reader
    this.#messagesOfTurn = new Set(
      rows
        .filter((row) => row.body.type === 'chat_message')
        .map((row) => keyOf(row.channelId, row.seq)),
    )
  }

  /** Notes what the row projects to, and returns the row as it is to be stored. */
  async add(row: EventRow): Promise<EventRow> {
    const { channelId, position, body } = row
    const at = { channelId, position }
    this.heads.set(channelId, { ...at, seq: row.seq, messageNumber: row.messageNumber })
    switch (body.type) {
      case 'channel_created':
        this.channels.push({
          ...at,
          created: {
            kind: body.kind,
            createdBy: row.user,
            createdAtMs: row.sentAtMs,
            nameKey: body.nameKey ?? null,
          },
          name: body.name,
          ...indexed(channelId, body.name),
        })
        for (const member of body.members) {
          this.#setMember(row, member.username, true)
          this.members.push({ ...at, ...member, present: true })
        }
        return row
      case 'chat_message': {
        const { user, sentAtMs, messageNumber, session, clientSeq } = row
        this.texts.push({
          ...at,
          seq: row.seq,
          text: row.text,
          edit: null,
          sent: { user, sentAtMs, messageNumber, session, clientSeq },
        })
        return row
      }
      case 'message_edited':
        return this.#addEdit(row, body.targetSeq)
      case 'message_deleted':
        await this.#addDeletion(row, body.targetSeq)
        return row
      case 'reaction_added':
        this.#react(row, body, true)
        return row
      case 'reaction_removed': {
        this.#react(row, body, false)
        // An older release may have stored the same emoji in another spelling.
        const bare = bareEmoji(body.emoji)
        if (bare !== body.emoji) this.#react(row, { ...body, emoji: bare }, false)
        return row
      }
      case 'participant_joined':
        if (!(await this.#isMember(row, body.username))) {
          this.#setMember(row, body.username, true)
          this.members.push({ ...at, username: body.username, present: true, role: 'member' })
        }
        return row
      case 'participant_left':
        this.#setMember(row, body.username, false)
        this.members.push({ ...at, username: body.username, present: false })
        return row
      case 'role_changed':
        this.members.push({ ...at, username: body.username, role: body.role })
        // A channel has one owner: the owner who hands it over becomes an admin.
        if (body.role === 'owner' && body.username !== row.user)
          this.members.push({ ...at, username: row.user, role: 'admin' })
        return row
      case 'channel_updated':
        this.channels.push({
          ...at,
          ...(body.name === undefined ? {} : { name: body.name }),
          ...indexed(channelId, body.name ?? null),
          ...(body.topic === undefined ? {} : { topic: body.topic }),
        })
        return row
    }
  }

  #react(
    { channelId, position, user: username }: EventRow,
    { targetSeq: seq, emoji }: { targetSeq: number; emoji: string },
    present: boolean,
  ): void {
    this.reactions.push({ channelId, position, seq, emoji, username, present })
  }

  async #addEdit(row: EventRow, targetSeq: number): Promise<EventRow> {
    const { channelId, position } = row
    const key = keyOf(channelId, targetSeq)
    const stored = await this.#target(row, targetSeq)
    if (stored === null) return row
    const deletedAt = this.#deleted.get(key) ?? stored.deletedPosition ?? null
    const late = deletedAt !== null && comparePositions(deletedAt, position) < 0
    const written = late ? { ...row, text: null } : row
    this.#edits.set(key, [...(this.#edits.get(key) ?? []), row.seq])
    this.texts.push({
      channelId,
      position,
      seq: targetSeq,
      text: written.text,
      edit: { seq: row.seq, editedAtMs: row.sentAtMs },
    })
    return written
  }

  async #addDeletion(row: EventRow, targetSeq: number): Promise<void> {
    const { channelId, position } = row
    const key = keyOf(channelId, targetSeq)
    const stored = await this.#target(row, targetSeq)
    if (stored === null) return
    this.#deleted.set(key, position)
    this.deletions.push({ channelId, position, seq: targetSeq, deletedAtMs: row.sentAtMs })
    const texts = new Set([targetSeq, ...(stored.editSeqs ?? []), ...(this.#edits.get(key) ?? [])])
    for (const seq of texts) this.erasures.push({ channelId, position, seq })
  }

  /**
   * The stored message that an event is about; null if its target is no message or does not come
   * before the event.
   */
  async #target(row: EventRow, targetSeq: number): Promise<Partial<MessageRow> | null> {
    if (targetSeq >= row.seq) return null
    const key = keyOf(row.channelId, targetSeq)
    let read = this.#stored.get(key)
    if (read === undefined) {
      read = this.#reader.message(row.channelId, targetSeq)
      this.#stored.set(key, read)
    }
    return (await read) ?? (this.#messagesOfTurn.has(key) ? {} : null)
  }

  async #isMember(row: EventRow, username: string): Promise<boolean> {
    const known = this.#present.get(keyOf(row.channelId, username))
    if (known !== undefined) return known
    const stored = await this.#reader.member(row.channelId, username)
    // A row from this record or a later one was written by an earlier run of this turn or of a
    // later turn.
    return (
      stored !== null &&
      stored.present &&
      comparePositions(stored.presentPosition, row.position) < 0
    )
  }

  #setMember(row: EventRow, username: string, present: boolean): void {
    const { channelId, seq, messageNumber } = row
    this.#present.set(keyOf(channelId, username), present)
    if (present) this.joinMarks.push({ username, channelId, seq, messageNumber })
  }
}

/** A public channel is found by its name. */
function indexed(channelId: string, name: string | null): Pick<ChannelWrite, 'indexKeys'> {
  const isPublic = channelKindOf(channelId) === 'public'
  return isPublic && name !== null ? { indexKeys: indexKeys(name) } : {}
}

function keyOf(channelId: string, part: string | number): string {
  return `${channelId}\n${part}`
}
