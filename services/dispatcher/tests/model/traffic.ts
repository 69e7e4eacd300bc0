import {
  directChannelId,
  encodeRecord,
  publicChannelId,
  type ChannelRecord,
  type RecordBody,
} from '@rookery/domain'
import type { LoggedRecord } from '@rookery/log'
import type { Random } from './random.ts'

const users = ['ann', 'bob', 'cyd'] as const
const rooms = [publicChannelId('room'), directChannelId('ann', 'bob')] as const

interface Sender {
  user: string
  session: string
  room: string
  clientSeq: number
}

/**
 * Records of clients that send, skip numbers, and retry soon or much later. A few are invalid or of
 * a later version.
 */
export class Traffic {
  readonly #random: Random
  readonly #senders: Sender[] = []
  readonly #sent: ChannelRecord[] = []
  #timestampMs = 1_000_000

  constructor(random: Random) {
    this.#random = random
    for (let i = 0; i < 3; i += 1)
      this.#senders.push({
        user: random.pick(users),
        session: `s${random.below(2)}`,
        room: random.pick(rooms),
        clientSeq: 0,
      })
  }

  next(offset: number): LoggedRecord {
    this.#timestampMs += this.#random.below(3)
    const at = { partition: 0, offset, timestampMs: this.#timestampMs }
    const roll = this.#random.next()
    if (roll < 0.01) return { ...at, key: 'nobody', value: new Uint8Array([1, 2, 3]) }
    if (roll < 0.013) {
      const later = { v: 2, channelId: rooms[0], anything: true }
      return { ...at, key: rooms[0], value: new TextEncoder().encode(JSON.stringify(later)) }
    }
    const record = roll < 0.3 && this.#sent.length > 0 ? this.#retry() : this.#fresh(offset)
    this.#sent.push(record)
    return { ...at, key: record.channelId, value: encodeRecord(record) }
  }

  #retry(): ChannelRecord {
    const old = this.#random.pick(this.#sent)
    const altered = this.#random.chance(0.1) && old.body.type === 'chat_message'
    return altered ? { ...old, body: { type: 'chat_message', content: 'another text' } } : old
  }

  #fresh(offset: number): ChannelRecord {
    if (offset < 2 || this.#random.chance(0.05))
      return this.#create(this.#random.pick(rooms), offset)
    const sender = this.#random.pick(this.#senders)
    sender.clientSeq += this.#random.chance(0.1) ? 2 : 1
    const { user, session, room, clientSeq } = sender
    return {
      v: 1,
      channelId: room,
      user,
      session,
      clientSeq,
      origin: `server-${this.#random.below(2)}`,
      body: this.#body(room, offset),
    }
  }

  #create(room: string, offset: number): ChannelRecord {
    const direct = room.startsWith('d-')
    const user = direct ? this.#random.pick(['ann', 'bob'] as const) : this.#random.pick(users)
    return {
      v: 1,
      channelId: room,
      user,
      session: `_${offset}`,
      clientSeq: 1,
      origin: 'server-0',
      body: direct
        ? {
            type: 'channel_created',
            kind: 'direct',
            name: null,
            members: [
              { username: 'ann', role: 'owner' },
              { username: 'bob', role: 'member' },
            ],
          }
        : {
            type: 'channel_created',
            kind: 'public',
            name: 'Room',
            nameKey: 'room',
            members: [{ username: user, role: 'owner' }],
          },
    }
  }

  #body(room: string, offset: number): RecordBody {
    const targetSeq = 1 + this.#random.below(8)
    const username = this.#random.pick(users)
    const roll = this.#random.next()
    if (roll < 0.5) return { type: 'chat_message', content: `text ${offset}` }
    if (roll < 0.65) return { type: 'message_edited', targetSeq, content: `edit ${offset}` }
    if (roll < 0.75) return { type: 'message_deleted', targetSeq }
    if (roll < 0.85 || room.startsWith('d-')) return { type: 'participant_joined', username }
    if (roll < 0.93) return { type: 'participant_left', username }
    return { type: 'role_changed', username, role: this.#random.pick(['owner', 'admin'] as const) }
  }
}
