import { setTimeout as delay } from 'node:timers/promises'
import type { ChannelKind, EventPush, Role } from '@rookery/domain'
import type { ChannelRow } from '@rookery/message-store'
import { steadyNow } from '@rookery/service-kit'
import type { Submitter } from '@rookery/submission'
import type { ChatCounters } from '../counters.ts'
import { RequestError, retryAfterMs } from '../request-error.ts'
import { OutFrame } from '../sockets/out-frame.ts'
import type { UserConnection } from '../sockets/user-connection.ts'
import { type Admission, Admissions } from './admissions.ts'
import { CatchUp, type CatchUpDeps } from './catch-up.ts'

/** What a hub needs of the server. */
export interface ChannelHubDeps extends CatchUpDeps {
  submitter: Pick<Submitter<UserConnection>, 'settle'>
  counters: Pick<ChatCounters, 'deliveries' | 'repairs'>
  /** Called when a user joined, who may have sockets here. */
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

const maxRecorded = 1_000
const maxEarly = 1_000

/**
 * One channel on this server: its position, and the sockets of its local members. It forwards only
 * position + 1. If a seq is missing, it reads the range once for all its sockets. Membership is
 * applied in the same order, so a removed member sees the removal and nothing after it.
 *
 * **The hand-over.** All state that is read from the store is handed over to live events like this:
 * 1. Take a position: `open` (from a channel row), `record` or `beginAdmission` (from the hub).
 * 2. Buffer what comes from then on: pushes before `open` in `#early`, delivered events in a
 *    `Recording`, changes of one user's membership in an `Admission`.
 * 3. Read: the channel rows, the list, the view of a joined channel, the member row.
 * 4. Go live in one tick: send what was read, as of the position, then what was buffered. From the
 *    next event on the socket is shown everything. A full recording becomes `channel_head`.
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
   * When the position was last known to be the channel's head: the time at which the store was
   * asked for the head, not the time at which it answered.
   */
  confirmedAt = 0
  /** When the last local member left. */
  idleSince: number
  readonly members: Map<string, LocalMember> = new Map()
  readonly #deps: ChannelHubDeps
  readonly #catchUp: CatchUp
  readonly #admissions = new Admissions()
  readonly #recordings = new Set<Recording>()
  #opened = false
  /** The position at which it was opened. */
  #base = 0
  #early: EventPush[] = []

  constructor(channelId: string, deps: ChannelHubDeps) {
    this.channelId = channelId
    this.#deps = deps
    this.#catchUp = new CatchUp(deps, {
      channelId,
      position: () => this.position,
      deliver: (event) => this.#deliver(event),
    })
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
    this.#catchUp.close()
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

  /** Events up to `seq` exist: reads those that are missing here. */
  noteHead(seq: number): void {
    if (this.#opened) this.#catchUp.to(seq)
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

  /** Resolves when every event that is known to exist has been read; rejects after 3 s. */
  caughtUp(): Promise<void> {
    const { target } = this.#catchUp
    this.noteHead(target)
    return this.reached(target)
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
    return this.#admissions.begin(username)
  }

  endAdmission(username: string, admission: Admission): void {
    this.#admissions.end(username, admission)
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
    return this.members.size > 0 || !this.#admissions.isEmpty || this.#recordings.size > 0
  }

  #deliver(event: EventPush): void {
    this.position = event.seq
    this.messageNumber = event.messageNumber
    this.#show(event)
    if (event.users !== undefined || event.type === 'role_changed') this.#applyMembership(event)
  }

  #show(event: EventPush): void {
    // The connections that were sent the event already, as the answer to the request that made it.
    const answered = this.#deps.submitter.settle(event)
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
          // The members of a new channel have no admission that would note it.
          if (event.seq === 1) connection.joinedWhileListing.add(this.channelId)
          continue
        }
        if (answered.includes(connection)) continue
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
        this.#admissions.override(username, false)
        const member = this.members.get(username)
        if (member === undefined) return
        this.detach(member.user)
        member.user.showLeft(this.channelId, by)
        return
      }
      case 'participant_joined':
        if (!this.members.has(username)) this.#admissions.override(username, true)
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
    this.#admissions.setRole(username, role)
  }
}
