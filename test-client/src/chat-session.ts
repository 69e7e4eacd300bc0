import { RookeryClient, RookeryError } from '@rookery/client'
import type { ChannelView, RookeryClientOptions } from '@rookery/client'
import { strictChecks } from '@rookery/client/strict'
import { CommandError } from './errors.ts'
import { parseRoom } from './labels.ts'
import type { RoomReference } from './labels.ts'
import type { Passwords } from './passwords.ts'
import { findChannel, placeOf } from './places.ts'
import type { InRoom, Report } from './report.ts'
import { reportEvents } from './report-events.ts'

export interface SessionOptions {
  client: RookeryClientOptions
  report(report: Report): void
  passwords: Passwords
  /** True: lists every room at log-in, for programs. False: at most `maxListed`. */
  listsAll: boolean
}

const maxPeople = 1000
const maxListed = 10
/** Attempts with weak passwords for a new account. */
const maxAttempts = 3

/** The user who is logged in, the current room, and the receiver of reports. */
export class ChatSession {
  readonly report: (report: Report) => void
  readonly #options: SessionOptions
  #client: RookeryClient | null = null
  #roomId: string | null = null
  /** People that were named in rooms or reports, for completion. */
  readonly #people = new Set<string>()
  /** Rooms that the user has left, for later reports. */
  readonly #places = new Map<string, InRoom>()
  #quitting = false

  constructor(options: SessionOptions) {
    this.#options = options
    this.report = (report) => {
      this.#meet(report)
      options.report(report)
    }
  }

  get loggedIn(): boolean {
    return this.#client !== null
  }

  get client(): RookeryClient {
    if (this.#client === null)
      throw new CommandError('not_logged_in', 'log in first: /login <username>')
    return this.#client
  }

  /** The user's channels; none when logged out. */
  get channels(): ReadonlyMap<string, ChannelView> {
    return this.#client?.channels ?? new Map()
  }

  get username(): string | null {
    return this.#client?.user?.username ?? null
  }

  /** Every person that a listed room or a report has named. */
  get people(): ReadonlySet<string> {
    for (const { channel } of this.channels.values()) {
      for (const { username } of channel.participants ?? []) this.#people.add(username)
    }
    return this.#people
  }

  /** The room to which plain text goes. */
  get room(): InRoom | null {
    return this.#roomId === null ? null : this.place(this.#roomId)
  }

  /** True after `/quit`. */
  get quitting(): boolean {
    return this.#quitting
  }

  quit(): void {
    this.#quitting = true
  }

  place(channelId: string): InRoom {
    const view = this.channels.get(channelId)
    const known = this.#places.get(channelId) ?? { room: channelId, channelId, kind: 'group' }
    const place = view === undefined ? known : placeOf(view, this.channels, this.username)
    this.#places.set(channelId, place)
    return place
  }

  /** The current room. @throws CommandError */
  currentRoom(): string {
    void this.client
    if (this.#roomId === null) throw new CommandError('no_room', 'enter a room first: /join <room>')
    return this.#roomId
  }

  /** The user's channel that is meant, or null. @throws CommandError `ambiguous` */
  find(wanted: RoomReference): string | null {
    return findChannel(wanted, this.channels, this.username)
  }

  /** The room that a command names, or the current one. @throws CommandError */
  roomOrCurrent(text: string): string {
    const wanted = parseRoom(text)
    if (wanted === null) return this.currentRoom()
    const found = this.find(wanted)
    if (found !== null) return found
    // It may be the id of a channel that the user is not in.
    if (wanted.kind === 'bare') return wanted.name
    throw new CommandError('no_room', `you are in no room ${text.trim()}: /channels lists yours`)
  }

  enter(channelId: string | null): void {
    this.#roomId = channelId
  }

  async register(username: string, password?: string): Promise<void> {
    await this.#start(async (client) => {
      if (password === undefined) await this.#registerAsked(client, username, true)
      else await this.#registerWith(client, username, password)
    })
  }

  async logIn(username: string, password?: string): Promise<void> {
    await this.#start(async (client) => {
      await client.logIn(username, password ?? (await this.#options.passwords.ask(username)))
    })
  }

  /**
   * Logs in. The server does not distinguish a wrong password from a name without an account, so a
   * person is asked whether to create one. A password from a setting counts as the answer.
   */
  async logInOrRegister(username: string): Promise<void> {
    const { passwords } = this.#options
    await this.#start(async (client) => {
      const password = await passwords.ask(username)
      try {
        // With an empty password a person says that there is no account yet.
        if (password !== '') return await client.logIn(username, password)
      } catch (refused) {
        if (!hasCode(refused, 'invalid_credentials')) throw refused
        if (passwords.given !== undefined) {
          return this.#registerWith(client, username, passwords.given, refused)
        }
      }
      await this.#registerAsked(client, username, false, password)
    })
  }

  async logOut(): Promise<void> {
    await this.client.logOut()
    this.close()
  }

  close(): void {
    this.#client?.close()
    this.#client = null
    this.#roomId = null
  }

  #meet(report: Report): void {
    if (this.#people.size >= maxPeople) return
    if ('senderId' in report) this.#people.add(report.senderId)
    if ('username' in report) this.#people.add(report.username)
  }

  /** `taken`: the text to show if there is an account of this name after all. */
  async #registerWith(
    client: RookeryClient,
    username: string,
    password: string,
    taken?: unknown,
  ): Promise<void> {
    try {
      await client.register(username, password)
    } catch (error) {
      throw taken !== undefined && hasCode(error, 'username_taken') ? taken : error
    }
    this.report({ type: 'registered', username: client.user?.username ?? username })
  }

  async #registerAsked(
    client: RookeryClient,
    username: string,
    sure: boolean,
    typed = '',
  ): Promise<void> {
    const wrong = new CommandError(
      'no_account',
      `there is an account ${username}, so the password was wrong: /login ${username} tries again`,
    )
    for (let attempt = 1; ; attempt++) {
      const isFirst = attempt === 1
      const password = await this.#options.passwords.askNew(
        username,
        sure || !isFirst,
        isFirst ? typed : '',
      )
      if (password === null) {
        throw new CommandError('no_account', `no account was made: /login ${username} tries again`)
      }
      try {
        return await this.#registerWith(client, username, password, sure ? undefined : wrong)
      } catch (error) {
        if (!hasCode(error, 'invalid_input') || attempt === maxAttempts) throw error
        this.report({ type: 'error', code: 'invalid_input', message: (error as Error).message })
      }
    }
  }

  async #start(enter: (client: RookeryClient) => Promise<void>): Promise<void> {
    if (this.#client !== null) throw new CommandError('usage', 'log out first: /logout')
    const client = new RookeryClient({ checks: strictChecks, ...this.#options.client })
    try {
      await enter(client)
      this.#client = client
      reportEvents(this, client)
      await client.connect()
    } catch (error) {
      client.close()
      this.#client = null
      throw error
    }
    this.#list()
  }

  /** Lists the rooms at log-in: if there are many, only some, those with unread messages first. */
  #list(): void {
    const all = [...this.channels.values()].map(({ channel }) => channel)
    const unread = all.filter((channel) => channel.unread > 0)
    const isShort = this.#options.listsAll || all.length <= maxListed
    const listed = isShort ? all : unread.slice(0, maxListed)
    for (const channel of listed) {
      this.report(channelReport(this.place(channel.channelId), channel, true))
    }
    if (!isShort) this.report({ type: 'rooms', rooms: all.length, unreadRooms: unread.length })
  }
}

export function channelReport(
  place: InRoom,
  channel: ChannelView['channel'],
  member: boolean,
): Report {
  const { memberCount, unread, topic } = channel
  const facts = { memberCount, unread, member, ...(topic !== undefined && { topic }) }
  return { type: 'channel', ...place, ...facts }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof RookeryError && error.code === code
}
