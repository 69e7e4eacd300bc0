import { setTimeout as delay } from 'node:timers/promises'
import { eventPush, type ChannelKind, type EventPush, type Role } from '@rookery/domain'
import type { ChannelRow } from '@rookery/message-store'
import { steadyNow } from '@rookery/service-kit'
import type { ChatContext } from '../context.ts'
import type { LocalUser } from '../users/local-user.ts'
import { OutFrame } from '../sockets/out-frame.ts'

/** A local user's membership, as of the hub's position. */
export interface LocalMember {
  user: LocalUser
  role: Role
}

/** Events delivered while something that tells a head is being put together; they follow right behind it. */
export interface Recording {
  head: number
  messageNumber: number
  frames: OutFrame[]
  /** Too many came: the client is told the head instead. */
  overflow: boolean
}

/** A user who is being let in: membership changes that were applied meanwhile overrule what was read. */
export interface Admission {
  override: { present: boolean; role: Role } | null
}

const rangeSize = 200
const maxRecorded = 1_000
const maxEarly = 1_000
const missesBeforeCheck = 3
const retryMs = 50

/**
 * One channel on this server: its position, and the local members' sockets. It forwards only position + 1; on a hole it fetches the range once for
 * all its sockets. Membership is applied in the same order, so who is removed sees that and nothing after it.
 */
export class ChannelHub {
  readonly channelId: string
  kind: ChannelKind = 'group'
  position = 0
  messageNumber = 0
  /** When the position was last known to be the channel's head, by when the question was asked. */
  confirmedAt = 0
  /** When the last local member left. */
  idleSince: number
  readonly members: Map<string, LocalMember> = new Map()
  readonly admissions: Map<string, Set<Admission>> = new Map()
  readonly #ctx: ChatContext
  readonly #recordings = new Set<Recording>()
  #opened = false
  /** The position it was opened at. */
  #base = 0
  #early: EventPush[] = []
  #target = 0
  #repairing = false
  #closed = false

  constructor(channelId: string, ctx: ChatContext) {
    this.channelId = channelId
    this.#ctx = ctx
    this.idleSince = steadyNow()
  }

  /** Begins at a row that was read, or at an event that was pushed. */
  open(at: Pick<ChannelRow, 'kind' | 'head' | 'messageNumber'>, askedAt: number): void {
    this.kind = at.kind
    this.position = at.head
    this.#base = at.head
    this.messageNumber = at.messageNumber
    this.confirmedAt = askedAt
    this.#opened = true
    const early = this.#early
    this.#early = []
    for (const event of early) this.receive(event)
  }

  close(): void {
    this.#closed = true
  }

  /** The creation, to those who are in from the start. The hub was opened at it. */
  showFirst(event: EventPush): void {
    this.#show(event)
  }

  receive(event: EventPush): void {
    if (!this.#opened) {
      if (this.#early.length < maxEarly) this.#early.push(event)
      return
    }
    if (event.seq <= this.position) this.#ctx.submitter.settle(event)
    else if (event.seq === this.position + 1) this.#deliver(event)
    else this.noteHead(event.seq)
  }

  /** There are events up to `seq`: fetch what is missing. */
  noteHead(seq: number): void {
    if (!this.#opened || seq <= this.position) return
    this.#target = Math.max(this.#target, seq)
    if (!this.#repairing && !this.#closed) void this.#repair()
  }

  /** Whether this server has passed `seq`, one by one, since it opened the channel. If not, it reads on: pushes do not come. */
  hasPassed(seq: number): boolean {
    this.noteHead(seq)
    return seq > this.#base && seq <= this.position
  }

  /** Reads the channel's head at quorum, and catches up with it. */
  async confirm(): Promise<void> {
    const askedAt = steadyNow()
    const row = await this.#ctx.store.channel(this.channelId)
    if (row === null) return
    if (row.head > this.position) {
      this.noteHead(row.head)
      await this.reached(row.head)
    }
    this.confirmedAt = Math.max(this.confirmedAt, askedAt)
  }

  /** Resolves when all is read that is known to be there, or rejects after 3 s. */
  caughtUp(): Promise<void> {
    this.noteHead(this.#target)
    return this.reached(this.#target)
  }

  /** Resolves when the position is at `seq`, or rejects after 3 s. */
  async reached(seq: number): Promise<void> {
    for (let waited = 0; this.position < seq && waited < 3_000; waited += 10) await delay(10)
    if (this.position < seq)
      throw Object.assign(new Error(`${this.channelId} is not read up to ${seq}`), {
        code: 'unavailable',
      })
  }

  record(): Recording {
    const recording = {
      head: this.position,
      messageNumber: this.messageNumber,
      frames: [],
      overflow: false,
    }
    this.#recordings.add(recording)
    return recording
  }

  stopRecording(recording: Recording): void {
    this.#recordings.delete(recording)
  }

  beginAdmission(username: string): Admission {
    const admission: Admission = { override: null }
    const all = this.admissions.get(username)
    if (all === undefined) this.admissions.set(username, new Set([admission]))
    else all.add(admission)
    return admission
  }

  endAdmission(username: string, admission: Admission): void {
    const all = this.admissions.get(username)
    all?.delete(admission)
    if (all?.size === 0) this.admissions.delete(username)
  }

  attach(user: LocalUser, role: Role): void {
    this.members.set(user.username, { user, role })
    user.channels.set(this.channelId, this)
  }

  detach(user: LocalUser): void {
    if (this.members.get(user.username)?.user !== user) return
    this.members.delete(user.username)
    user.channels.delete(this.channelId)
    if (this.members.size === 0) this.idleSince = steadyNow()
  }

  get inUse(): boolean {
    return this.members.size > 0 || this.admissions.size > 0 || this.#recordings.size > 0
  }

  #deliver(event: EventPush): void {
    this.position = event.seq
    this.messageNumber = event.messageNumber
    this.#show(event)
    if (event.users !== undefined || event.type === 'role_changed') this.#applyMembership(event)
  }

  #show(event: EventPush): void {
    const shown = this.#ctx.submitter.settle(event)
    for (const connection of this.members.get(event.user)?.user.connections ?? [])
      connection.noteOwn(event)
    const frame = new OutFrame(event.frame, true)
    for (const recording of this.#recordings) {
      if (recording.frames.length < maxRecorded) recording.frames.push(frame)
      else recording.overflow = true
    }
    let deliveries = 0
    for (const { user } of this.members.values()) {
      for (const connection of user.connections) {
        if (!connection.ready) {
          if (event.seq === 1) connection.joinedWhileListing.add(this.channelId)
          continue
        }
        if (shown.includes(connection)) continue
        connection.showEvent(frame, this)
        deliveries += 1
      }
    }
    this.#ctx.counters.deliveries.inc(deliveries)
  }

  #applyMembership(event: EventPush): void {
    const change = JSON.parse(event.frame) as { username?: string; role?: Role; by: string }
    const { username, by } = change
    switch (event.type) {
      case 'participant_left': {
        if (username === undefined) return
        this.#override(username, false, 'member')
        const member = this.members.get(username)
        if (member === undefined) return
        this.detach(member.user)
        member.user.showLeft(this.channelId, by)
        return
      }
      case 'participant_joined': {
        if (username === undefined) return
        if (!this.members.has(username)) this.#override(username, true, 'member')
        const user = this.#ctx.users.get(username)
        if (user !== undefined) void this.#ctx.users.admit(user, this.channelId, by)
        return
      }
      case 'role_changed':
        if (username === undefined || change.role === undefined) return
        this.#setRole(username, change.role)
        if (change.role === 'owner' && username !== by) this.#setRole(by, 'admin')
        return
      default:
    }
  }

  #setRole(username: string, role: Role): void {
    const member = this.members.get(username)
    if (member !== undefined) member.role = role
    for (const admission of this.admissions.get(username) ?? [])
      if (admission.override !== null) admission.override.role = role
  }

  #override(username: string, present: boolean, role: Role): void {
    for (const admission of this.admissions.get(username) ?? [])
      admission.override = { present, role }
  }

  async #repair(): Promise<void> {
    this.#repairing = true
    this.#ctx.counters.repairs.inc()
    let misses = 0
    try {
      while (this.position < this.#target && !this.#closed) {
        const range = { after: this.position, limit: rangeSize }
        const rows = await this.#ctx.store.events(this.channelId, range)
        for (const row of rows) if (row.seq === this.position + 1) this.#deliver(eventPush(row))
        if (rows.length > 0) {
          misses = 0
          continue
        }
        misses += 1
        if (misses === missesBeforeCheck && (await this.#isPoisoned())) this.#target = 0
        if (misses > missesBeforeCheck) break
        await delay(retryMs * misses)
      }
    } catch (error) {
      this.#ctx.logger.warn({ err: error, channelId: this.channelId }, 'a range could not be read')
    } finally {
      // What is still missing is read when somebody asks for it, or heads are read again, within 5 s.
      this.#repairing = false
    }
  }

  /** A head that no row bears out is replaced by the channel row's. */
  async #isPoisoned(): Promise<boolean> {
    const row = await this.#ctx.store.channel(this.channelId)
    const right = row === null ? null : { epoch: row.headPosition.epoch, seq: row.head }
    if (right !== null && right.seq >= this.#target) return false
    const wrong = { epoch: this.#ctx.log.epoch.number, seq: this.#target }
    await this.#ctx.routing.correctHead(this.channelId, wrong, right)
    return true
  }
}
