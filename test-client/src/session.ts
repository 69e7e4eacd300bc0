import { RookeryClient, RookeryError } from '@rookery/client'
import type { ChannelView, RookeryClientOptions } from '@rookery/client'
import { foldChannelName } from '@rookery/protocol'
import { CommandError } from './errors.ts'
import type { InRoom, Report } from './report.ts'
import { reportEvents } from './report-events.ts'

export interface SessionOptions {
  client: RookeryClientOptions
  report(report: Report): void
  /** The password of this user. */
  askPassword(username: string): Promise<string>
}

const maxPeople = 1000

/** Who is logged in, in which room, and where reports go. */
export class Session {
  readonly report: (report: Report) => void
  readonly #options: SessionOptions
  #client: RookeryClient | null = null
  #roomId: string | null = null
  /** People that were seen, for completion. */
  readonly #people = new Set<string>()
  /** Names of rooms that are gone, for the reports that follow. */
  readonly #titles = new Map<string, string>()
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

  /** The channels, none when logged out. */
  get channels(): ReadonlyMap<string, ChannelView> {
    return this.#client?.channels ?? new Map()
  }

  get username(): string | null {
    return this.#client?.user?.username ?? null
  }

  /** Everybody that a listed room or a report has named. */
  get people(): ReadonlySet<string> {
    for (const { channel } of this.channels.values()) {
      for (const { username } of channel.participants ?? []) this.#people.add(username)
    }
    return this.#people
  }

  /** Where plain text goes. */
  get room(): InRoom | null {
    return this.#roomId === null ? null : this.place(this.#roomId)
  }

  /** `/quit` was given. */
  get quitting(): boolean {
    return this.#quitting
  }

  quit(): void {
    this.#quitting = true
  }

  place(channelId: string): InRoom {
    const title = this.channels.get(channelId)?.title ?? this.#titles.get(channelId) ?? channelId
    this.#titles.set(channelId, title)
    return { room: title, channelId }
  }

  /** The current room. @throws CommandError */
  currentRoom(): string {
    void this.client
    if (this.#roomId === null) throw new CommandError('no_room', 'enter a room first: /join <room>')
    return this.#roomId
  }

  /** An own channel by its id, its name, `#name`, or `@user` for a direct one. */
  findRoom(name: string): string | null {
    if (this.channels.has(name)) return name
    const bare = foldChannelName(name.replace(/^#/, ''))
    for (const [channelId, view] of this.channels) {
      if (foldChannelName(view.title) === bare || view.title === name) return channelId
    }
    return null
  }

  /** The room that a command names, else the current one. */
  roomOrCurrent(name: string | undefined): string {
    return name === undefined ? this.currentRoom() : (this.findRoom(name) ?? name)
  }

  enter(channelId: string | null): void {
    this.#roomId = channelId
  }

  async register(username: string, password?: string): Promise<void> {
    await this.#start(username, password, (client, secret) => client.register(username, secret))
  }

  async logIn(username: string, password?: string): Promise<void> {
    await this.#start(username, password, (client, secret) => client.logIn(username, secret))
  }

  /** Logs in; who is unknown is registered with the same password. */
  async logInOrRegister(username: string): Promise<void> {
    await this.#start(username, undefined, async (client, secret) => {
      try {
        await client.logIn(username, secret)
      } catch (refused) {
        if (!hasCode(refused, 'invalid_credentials')) throw refused
        try {
          await client.register(username, secret)
        } catch (error) {
          throw hasCode(error, 'username_taken') ? refused : error
        }
      }
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

  async #start(
    username: string,
    password: string | undefined,
    enter: (client: RookeryClient, password: string) => Promise<void>,
  ): Promise<void> {
    if (this.#client !== null) throw new CommandError('usage', 'log out first: /logout')
    const secret = password ?? (await this.#options.askPassword(username))
    const client = new RookeryClient(this.#options.client)
    try {
      await enter(client, secret)
      this.#client = client
      reportEvents(this, client)
      await client.connect()
    } catch (error) {
      client.close()
      this.#client = null
      throw error
    }
    for (const { channel } of client.channels.values()) {
      this.report(channelReport(this.place(channel.channelId), channel, true))
    }
  }
}

export function channelReport(
  place: InRoom,
  channel: ChannelView['channel'],
  member: boolean,
): Report {
  const { kind, memberCount, unread, topic } = channel
  const facts = { kind, memberCount, unread, member, ...(topic !== undefined && { topic }) }
  return { type: 'channel', ...place, ...facts }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof RookeryError && error.code === code
}
