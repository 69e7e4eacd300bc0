import type { Accounts } from '@rookery/accounts'
import { channelKindOf, comparePositions, type RecordBody, type Role } from '@rookery/domain'
import type { MemberRow, MessageStore } from '@rookery/message-store'
import { type Logger, steadyNow } from '@rookery/service-kit'
import { ApiError } from '../http/api-error.ts'
import type { Producer } from './producer.ts'

export interface DeparturesDeps {
  readonly accounts: Pick<Accounts, 'departing' | 'departed' | 'findMany'>
  readonly store: Pick<MessageStore, 'channelsOf' | 'members'>
  readonly producer: Pick<Producer, 'change'>
  readonly logger: Logger
}

const atOnce = 100
const pageSize = 100
/** The best candidates that are kept while the members of a channel are read. */
const maxCandidates = 100
/** The sockets of a deleted account end within this time, so it joins no channel afterwards. */
const quietMs = 10_000

const rankOf: Readonly<Record<Role, number>> = { owner: 0, admin: 1, member: 2 }

/**
 * Takes deleted accounts out of their channels, and hands over the channels that they own. The
 * admin who has been a member the longest becomes the owner, or else the member who has. Direct
 * channels stay: the peer sees that the account is deleted.
 *
 * Every api process does this. The number of a record is derived from the membership. So two
 * processes append the same record, and the fold accepts it once.
 */
export class Departures {
  readonly #deps: DeparturesDeps
  /** When an account was first found in no channel. Has at most `atOnce` accounts. */
  readonly #quietSince = new Map<string, number>()
  #running = false

  constructor(deps: DeparturesDeps) {
    this.#deps = deps
  }

  /** Never rejects: the next sweep repeats what failed. */
  async sweep(): Promise<void> {
    if (this.#running) return
    this.#running = true
    try {
      const usernames = await this.#deps.accounts.departing(atOnce)
      for (const known of this.#quietSince.keys())
        if (!usernames.includes(known)) this.#quietSince.delete(known)
      for (const username of usernames) await this.#depart(username)
    } catch (error) {
      this.#deps.logger.warn(
        { err: error },
        'deleted accounts could not leave all channels, the next sweep continues',
      )
    } finally {
      this.#running = false
    }
  }

  async #depart(username: string): Promise<void> {
    if (await this.#leaveAll(username)) this.#quietSince.delete(username)
    const since = this.#quietSince.get(username) ?? steadyNow()
    this.#quietSince.set(username, since)
    if (steadyNow() - since < quietMs) return
    await this.#deps.accounts.departed(username)
    this.#quietSince.delete(username)
  }

  /** @returns whether there was any channel to leave */
  async #leaveAll(username: string): Promise<boolean> {
    let left = false
    let after: string | undefined
    for (;;) {
      const page = await this.#deps.store.channelsOf(username, {
        limit: pageSize,
        ...(after !== undefined && { after }),
      })
      for (const membership of page) {
        if (channelKindOf(membership.channelId) === 'direct') continue
        left = true
        if (membership.role === 'owner') await this.#handOver(membership)
        await this.#append(membership, '_departure', {
          type: 'participant_left',
          username,
        })
      }
      after = page.at(-1)?.channelId
      if (page.length < pageSize) return left
    }
  }

  /** The successor may leave at the same moment, so the owner is read again, up to 3 times. */
  async #handOver(owner: MemberRow): Promise<void> {
    for (let tries = 0; tries < 3; tries += 1) {
      const successor = await this.#successor(owner)
      if (successor === null || successor.role === 'owner') return
      const { username, presentPosition } = successor
      const session = `_handover.${username}`
      const from = { ...owner, presentPosition }
      await this.#append(from, session, { type: 'role_changed', username, role: 'owner' })
    }
  }

  async #successor({ channelId, username }: MemberRow): Promise<MemberRow | null> {
    let candidates: MemberRow[] = []
    let after: string | undefined
    for (;;) {
      const page = await this.#deps.store.members(channelId, {
        limit: pageSize,
        ...(after !== undefined && { after }),
      })
      const others = page.filter((member) => member.username !== username)
      candidates = [...candidates, ...others].sort(bySuccession).slice(0, maxCandidates)
      after = page.at(-1)?.username
      if (page.length < pageSize) break
    }
    const accounts = await this.#deps.accounts.findMany(candidates.map((one) => one.username))
    return candidates.find((one) => accounts.get(one.username)?.state === 'active') ?? null
  }

  /** Appends on behalf of the deleted account, once for each time that it became a member. */
  async #append(membership: MemberRow, session: string, body: RecordBody): Promise<void> {
    const { channelId, username: user, presentPosition } = membership
    const { epoch, offset } = presentPosition
    const number = { session: `${session}.${epoch}`, clientSeq: offset + 1 }
    try {
      await this.#deps.producer.change({ channelId, user, number, body })
    } catch (error) {
      // Another process was faster, or there is no such channel.
      const settled = error instanceof ApiError && ['superseded', 'not_found'].includes(error.code)
      if (!settled) throw error
    }
  }
}

function bySuccession(a: MemberRow, b: MemberRow): number {
  return rankOf[a.role] - rankOf[b.role] || comparePositions(a.presentPosition, b.presentPosition)
}
