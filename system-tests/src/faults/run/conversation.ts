import { direct, type Operation } from '../operation.ts'
import type { History } from '../history.ts'
import type { Random } from '../random.ts'
import { perform, readHistory, type Actor } from '../users/actor.ts'
import type { Rooms } from './rooms.ts'

interface Said {
  channelId: string
  seq: number
}

/**
 * A user with this many operations under way waits for answers, as a person would.
 */
const maxUnderWay = 40
const maxRemembered = 200

/**
 * What one user does, at random: mostly talks, sometimes edits, deletes, reacts, reads, marks,
 * joins, leaves, opens direct channels.
 */
export class Conversation {
  readonly actor: Actor
  readonly #history: History
  readonly #random: Random
  readonly #rooms: Rooms
  readonly #others: readonly string[]
  readonly #own: Said[] = []
  readonly #reactions: (Said & { emoji: string })[] = []
  #underWay = 0
  #timer: NodeJS.Timeout | null = null

  constructor(actor: Actor, { history, random, rooms, names }: ConversationOptions) {
    this.actor = actor
    this.#history = history
    this.#random = random
    this.#rooms = rooms
    this.#others = names.filter((name) => name !== actor.name)
  }

  /** The number of operations without an outcome. */
  get underWay(): number {
    return this.#underWay
  }

  /** Does something every `everyMs` on average, until `stop`. */
  start(everyMs: number): void {
    this.#timer = setTimeout(
      () => {
        this.start(everyMs)
        if (this.#underWay < maxUnderWay) void this.#act()
      },
      everyMs * (0.5 + this.#random.next()),
    )
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Sends a message. @returns its seq; null if it was refused */
  async say(channelId: string): Promise<number | null> {
    const op = this.#history.nextOperation()
    const content = `op ${op} of ${this.actor.name}: ${'lorem ipsum '.repeat(op % 9)}`
    const seq = await this.#do({ type: 'chat_message', channelId, content }, op)
    if (seq !== null) remember(this.#own, { channelId, seq })
    return seq
  }

  async #act(): Promise<void> {
    const roll = this.#random.next()
    if (roll < 0.74) await this.say(this.#random.pick(this.#talkable()))
    else if (roll < 0.79) await this.#edit()
    else if (roll < 0.82) await this.#delete()
    else if (roll < 0.87) await this.#react()
    else if (roll < 0.89) await this.#unreact()
    else if (roll < 0.92) await this.#mark()
    else if (roll < 0.94) await this.#joinOrLeave()
    else if (roll < 0.96) await this.#removeOrAdd()
    else if (roll < 0.98) await this.#direct()
    else await this.#read()
  }

  /** Also the room from which the user was removed, so that refusals are tested, too. */
  #talkable(): string[] {
    const { stable, club } = this.#rooms
    return [...stable, ...stable, club, ...this.actor.shown.keys()]
  }

  async #edit(): Promise<void> {
    if (this.#own.length === 0) return
    const op = this.#history.nextOperation()
    const content = `op ${op} of ${this.actor.name}: rather`
    await this.#do({ type: 'edit_message', ...this.#random.pick(this.#own), content }, op)
  }

  async #delete(): Promise<void> {
    const said = takeOne(this.#own, this.#random)
    if (said !== null) await this.#do({ type: 'delete_message', ...said })
  }

  async #react(): Promise<void> {
    const channelId = this.#random.pick(this.#rooms.stable)
    const last = this.actor.shown.get(channelId) ?? 0
    if (last < 2) return
    const op = this.#history.nextOperation()
    const one = { channelId, seq: last - this.#random.below(Math.min(last, 20)), emoji: `👍${op}` }
    await this.#do({ type: 'add_reaction', ...one }, op)
    remember(this.#reactions, one)
  }

  async #unreact(): Promise<void> {
    const one = takeOne(this.#reactions, this.#random)
    if (one !== null) await this.#do({ type: 'remove_reaction', ...one })
  }

  async #mark(): Promise<void> {
    const channelId = this.#random.pick(this.#rooms.stable)
    const seq = this.actor.shown.get(channelId)
    if (seq !== undefined && seq > 0) await this.#do({ type: 'mark_channel_read', channelId, seq })
  }

  async #joinOrLeave(): Promise<void> {
    const { park, owner } = this.#rooms
    if (this.actor.name === owner) return
    const type = this.actor.shown.has(park) ? 'leave_channel' : 'join_channel'
    await this.#do({ type, channelId: park })
  }

  /** Done by the owner only. */
  async #removeOrAdd(): Promise<void> {
    const { club: channelId, owner, removed } = this.#rooms
    if (this.actor.name !== owner) return
    const username = this.#random.pick(this.#others)
    if (removed.delete(username))
      return this.#forget({ type: 'add_participants', channelId, participants: [username] })
    removed.add(username)
    return this.#forget({ type: 'remove_participant', channelId, username })
  }

  async #direct(): Promise<void> {
    const operation = direct(this.actor.name, this.#random.pick(this.#others))
    if (!this.actor.shown.has(operation.channelId)) await this.#do(operation)
    await this.say(operation.channelId)
  }

  async #read(): Promise<void> {
    const { stable, club } = this.#rooms
    await readHistory(this.actor, this.#history, this.#random.pick([...stable, club]))
  }

  async #forget(operation: Operation): Promise<void> {
    await this.#do(operation)
  }

  async #do(operation: Operation, op?: number): Promise<number | null> {
    this.#underWay += 1
    try {
      return await perform(this.actor, this.#history, operation, op)
    } finally {
      this.#underWay -= 1
    }
  }
}

export interface ConversationOptions {
  history: History
  random: Random
  rooms: Rooms
  /** The names of all users. */
  names: readonly string[]
}

function remember<T>(list: T[], one: T): void {
  list.push(one)
  if (list.length > maxRemembered) list.shift()
}

function takeOne<T>(list: T[], random: Random): T | null {
  return list.length === 0 ? null : (list.splice(random.below(list.length), 1)[0] ?? null)
}
