import type { Participant } from '@rookery/protocol'
import { bounds } from '@rookery/protocol/constants'
import type { FeedEvent } from '../incoming.ts'
import { toSent } from './feed.ts'
import { Piece } from './piece.ts'
import type { Members, MembersSnapshot, OperationError } from './types.ts'

export interface MemberSource {
  page(channelId: string, after: string | undefined): Promise<Participant[]>
}

/** The members of one channel, loaded in pages, and kept up to date by its events. */
export class MemberList implements Members {
  readonly channelId: string
  readonly subscribe: Members['subscribe']
  readonly getSnapshot: Members['getSnapshot']
  readonly #source: MemberSource
  readonly #piece: Piece<MembersSnapshot>
  readonly #members = new Map<string, Participant>()
  #more = true
  #last: string | undefined
  #loading: Promise<void> | null = null
  #error: OperationError | null = null

  constructor(channelId: string, source: MemberSource) {
    this.channelId = channelId
    this.#source = source
    this.#piece = new Piece(() => ({
      members: [...this.#members.values()].sort((a, b) => (a.username < b.username ? -1 : 1)),
      loading: this.#loading !== null,
      more: this.#more,
      error: this.#error,
    }))
    this.subscribe = this.#piece.subscribe
    this.getSnapshot = this.#piece.getSnapshot
    this.loadMore().catch(() => {})
  }

  loadMore(): Promise<void> {
    if (!this.#more) return Promise.resolve()
    this.#loading ??= this.#load()
      .catch((error: unknown) => {
        this.#error = toSent(error)
        throw error
      })
      .finally(() => {
        this.#loading = null
        this.#piece.changed()
      })
    this.#piece.changed()
    return this.#loading
  }

  event(event: FeedEvent): void {
    if (event.type === 'participant_left') this.#members.delete(event.username)
    else if (event.type === 'role_changed') {
      const member = this.#members.get(event.username)
      if (member !== undefined) this.#members.set(member.username, { ...member, role: event.role })
    } else if (event.type === 'participant_joined') {
      // The page has the display name, too. The list is asked for again from where the name is.
      this.#more = true
      if (this.#last !== undefined && event.username <= this.#last) this.#last = undefined
      this.loadMore().catch(() => {})
    } else return
    this.#piece.changed()
  }

  async #load(): Promise<void> {
    const page = await this.#source.page(this.channelId, this.#last)
    for (const member of page) this.#members.set(member.username, member)
    this.#last = page.at(-1)?.username ?? this.#last
    this.#more = page.length === bounds.pageMax
    this.#error = null
  }
}
