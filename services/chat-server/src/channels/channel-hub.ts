import { setTimeout as delay } from 'node:timers/promises'
import type { Routing } from '@rookery/directory'
import { eventPush, type ChannelKind, type EventPush, type Role } from '@rookery/domain'
import type { MessageLog } from '@rookery/log'
import type { ChannelRow, MessageStore } from '@rookery/message-store'
import { type Logger, steadyNow } from '@rookery/service-kit'
import type { Submitter } from '@rookery/submission'
import type { ChatCounters } from '../counters.ts'
import { RequestError, retryAfterMs } from '../request-error.ts'
import { OutFrame } from '../sockets/out-frame.ts'
import type { UserConnection } from '../sockets/user-connection.ts'

/** What a hub needs of the server. */
export interface ChannelHubDeps {
  submitter: Pick<Submitter<UserConnection>, 'settle'>
  store: Pick<MessageStore, 'events' | 'channel'>
  routing: Pick<Routing, 'correctHead'>
  log: Pick<MessageLog, 'epoch'>
  logger: Pick<Logger, 'warn'>
  counters: Pick<ChatCounters, 'deliveries' | 'repairs'>
  /** A user joined, who may have sockets here. */
  joined(channelId: string, username: string, by: string): void
}

/** A user as a hub sees it. */
export interface ChannelUser {
  readonly username: string
  readonly connections: Iterable<UserConnection>
  readonly channels: Map<string, ChannelHub>
  showLeft(channelId: string, by: string): void
}

/** A local user's membership, as of the hub's position. */
export interface LocalMember {
  user: ChannelUser
  role: Role
}

/** Events that were delivered since a position was taken. */
export interface Recording {
  /** The position that was taken. */
  head: number
  messageNumber: number
  frames: OutFrame[]
  /** There were too many events: the client is told the head instead of them. */
  overflow: boolean
}

export interface Membership {
  present: boolean
  role: Role
}

/** A user whose membership is being read. */
export interface Admission {
  /** The membership by the events that came meanwhile; null: none of them was about this user. */
  override: Membership | null
}

const rangeSize = 200
const maxRecorded = 1_000
const maxEarly = 1_000
const missesBeforeCheck = 3
const retryMs = 50

/**
 * One channel on this server: its position, and the sockets of its local members. It forwards only
 * position + 1. If a seq is missing, it reads the range once for all its sockets. Membership is
 * applied in the same order, so a removed member sees the removal and nothing after it.
 *
 * **The hand-over.** Whatever is read from the store is handed over to live events the same way:
 * 1. Take a position: `open` (from a channel row), `record` or `beginAdmission` (from the hub).
 * 2. Buffer what comes from then on: pushes before `open` in `#early`, delivered events in a
 *    `Recording`, changes of one user's membership in an `Admission`.
 * 3. Read: the channel rows, the list, the view of a joined channel, the member row.
 * 4. Go live in one tick: send what was read, as of the position, then what was buffered. From the
 *    next event on the socket is shown everything. A full buffer becomes `channel_head`.
 *
 * Example: the list is read at position 4, events 5 and 6 come meanwhile. The client is sent head
 * 4, then 5, 6, and later 7. A channel that the user joins while phase 3 reads the list is noted in
 * `joinedWhileListing`, and is sent after the list.
 */
export class ChannelHub {
  readonly channelId: string
  kind: ChannelKind = 'group'
  position = 0
  messageNumber = 0
  /**
   * The position was the channel's head at this time: when the question was asked, not answered.
   */
  confirmedAt = 0
  /** When the last local member left. */
  idleSince: number
  readonly members: Map<string, LocalMember> = new Map()
  readonly #admissions = new Map<string, Set<Admission>>()
  readonly #deps: ChannelHubDeps
  readonly #recordings = new Set<Recording>()
  #opened = false
  /** The position at which it was opened. */
  #base = 0
  #early: EventPush[] = []
  /** The highest seq that is known to be there. */
  #target = 0
  #repairing = false
  #closed = false

  constructor(channelId: string, deps: ChannelHubDeps) {
    this.channelId = channelId
    this.#deps = deps
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

  /** Shows the creation to the first members. The hub was opened at that event. */
  showFirst(event: EventPush): void {
    this.#show(event)
  }

  receive(event: EventPush): void {
    if (!this.#opened) {
      if (this.#early.length < maxEarly) this.#early.push(event)
      return
    }
    if (event.seq <= this.position) this.#deps.submitter.settle(event)
    else if (event.seq === this.position + 1) this.#deliver(event)
    else this.noteHead(event.seq)
  }

  /** There are events up to `seq`: reads those that are missing here. */
  noteHead(seq: number): void {
    if (!this.#opened || seq <= this.position) return
    this.#target = Math.max(this.#target, seq)
    if (!this.#repairing && !this.#closed) void this.#repair()
  }

  /**
   * True if this server has passed every event up to `seq` since it opened the channel. If it has
   * not, pushes may be missing, so it reads on.
   */
  hasPassed(seq: number): boolean {
    this.noteHead(seq)
    return seq > this.#base && seq <= this.position
  }

  /** Notes that `head` was the channel's head when it was asked for. */
  noteConfirmed(head: number, askedAt: number): void {
    if (head <= this.position) this.confirmedAt = Math.max(this.confirmedAt, askedAt)
  }

  /** Reads the channel's head at quorum, and catches up with it. */
  async confirm(): Promise<void> {
    const askedAt = steadyNow()
    const row = await this.#deps.store.channel(this.channelId)
    if (row === null) return
    if (row.head > this.position) {
      this.noteHead(row.head)
      await this.reached(row.head)
    }
    this.noteConfirmed(row.head, askedAt)
  }

  /** Resolves when every event that is known to be there has been read; rejects after 3 s. */
  caughtUp(): Promise<void> {
    this.noteHead(this.#target)
    return this.reached(this.#target)
  }

  /** Resolves when the position is at `seq`; rejects after 3 s. */
  async reached(seq: number): Promise<void> {
    for (let waited = 0; this.position < seq && waited < 3_000; waited += 10) await delay(10)
    if (this.position < seq)
      throw new RequestError('unavailable', `event ${seq} cannot be read now, try again`, {
        retryAfterMs,
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
    const all = this.#admissions.get(username)
    if (all === undefined) this.#admissions.set(username, new Set([admission]))
    else all.add(admission)
    return admission
  }

  endAdmission(username: string, admission: Admission): void {
    const all = this.#admissions.get(username)
    all?.delete(admission)
    if (all?.size === 0) this.#admissions.delete(username)
  }

  attach(user: ChannelUser, role: Role): void {
    this.members.set(user.username, { user, role })
    user.channels.set(this.channelId, this)
  }

  detach(user: ChannelUser): void {
    if (this.members.get(user.username)?.user !== user) return
    this.members.delete(user.username)
    user.channels.delete(this.channelId)
    if (this.members.size === 0) this.idleSince = steadyNow()
  }

  get inUse(): boolean {
    return this.members.size > 0 || this.#admissions.size > 0 || this.#recordings.size > 0
  }

  #deliver(event: EventPush): void {
    this.position = event.seq
    this.messageNumber = event.messageNumber
    this.#show(event)
    if (event.users !== undefined || event.type === 'role_changed') this.#applyMembership(event)
  }

  #show(event: EventPush): void {
    // Where the event was sent already, as the answer to the request that made it.
    const shown = this.#deps.submitter.settle(event)
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
    this.#deps.counters.deliveries.inc(deliveries)
  }

  #applyMembership(event: EventPush): void {
    const change = JSON.parse(event.frame) as { username?: string; role?: Role; by: string }
    const { username, by } = change
    if (username === undefined) return
    switch (event.type) {
      case 'participant_left': {
        this.#override(username, false)
        const member = this.members.get(username)
        if (member === undefined) return
        this.detach(member.user)
        member.user.showLeft(this.channelId, by)
        return
      }
      case 'participant_joined':
        if (!this.members.has(username)) this.#override(username, true)
        this.#deps.joined(this.channelId, username, by)
        return
      case 'role_changed':
        if (change.role === undefined) return
        this.#setRole(username, change.role)
        if (change.role === 'owner' && username !== by) this.#setRole(by, 'admin')
        return
      default:
    }
  }

  #setRole(username: string, role: Role): void {
    const member = this.members.get(username)
    if (member !== undefined) member.role = role
    for (const admission of this.#admissions.get(username) ?? [])
      if (admission.override !== null) admission.override.role = role
  }

  #override(username: string, present: boolean): void {
    for (const admission of this.#admissions.get(username) ?? [])
      admission.override = { present, role: 'member' }
  }

  async #repair(): Promise<void> {
    this.#repairing = true
    this.#deps.counters.repairs.inc()
    let misses = 0
    try {
      while (this.position < this.#target && !this.#closed) {
        const range = { after: this.position, limit: rangeSize }
        const rows = await this.#deps.store.events(this.channelId, range)
        for (const row of rows) if (row.seq === this.position + 1) this.#deliver(eventPush(row))
        if (rows.length > 0) {
          misses = 0
          continue
        }
        misses += 1
        if (misses === missesBeforeCheck && (await this.#isTargetWrong())) this.#target = 0
        if (misses > missesBeforeCheck) break
        await delay(retryMs * misses)
      }
    } catch (error) {
      this.#deps.logger.warn(
        { err: error, channelId: this.channelId },
        'missing events could not be read, the next notice of a head reads them again',
      )
    } finally {
      // What is still missing is read at the next request, or with the heads, within 5 s.
      this.#repairing = false
    }
  }

  /** A head in the directory that no row bears out is replaced by the channel row's head. */
  async #isTargetWrong(): Promise<boolean> {
    const row = await this.#deps.store.channel(this.channelId)
    const right = row === null ? null : { epoch: row.headPosition.epoch, seq: row.head }
    if (right !== null && right.seq >= this.#target) return false
    const wrong = { epoch: this.#deps.log.epoch.number, seq: this.#target }
    await this.#deps.routing.correctHead(this.channelId, wrong, right)
    return true
  }
}
