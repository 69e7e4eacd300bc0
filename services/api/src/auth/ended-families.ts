import type { Accounts, EndReason } from '@rookery/accounts'
import type { Push } from '@rookery/domain'
import type { Logger } from '@rookery/service-kit'
import type { Broadcast } from '../broadcast.ts'

export interface EndedFamiliesDeps {
  readonly accounts: Pick<Accounts, 'revokedSince'>
  readonly broadcast: Broadcast
  readonly logger: Logger
  /** A token of an ended family expires within this time. */
  readonly accessTokenTtlMs: number
}

const maxFamilies = 10_000
const familiesPerPush = 500
/** The clocks of two api processes may differ by this much. */
const clockSkewMs = 10_000

/**
 * Publishes which log-in families have ended, and refuses their access tokens in this process.
 *
 * Services check access tokens without a look-up, so each must know the ended families. A family is
 * published when it ends, and again with every `poll` until its tokens have expired. So a lost push
 * delays the end of a socket by seconds only.
 */
export class EndedFamilies {
  readonly #deps: EndedFamiliesDeps
  #ended: ReadonlySet<string> = new Set()
  /** Announced since the last poll began, whose answer may lack them. */
  #announced = new Set<string>()

  constructor(deps: EndedFamiliesDeps) {
    this.#deps = deps
  }

  has(familyId: string): boolean {
    return this.#ended.has(familyId)
  }

  /** Publishes families that this process has just ended. Never rejects: `poll` repairs it. */
  async announce(familyIds: readonly string[], reason: EndReason): Promise<void> {
    if (familyIds.length === 0) return
    this.#ended = new Set([...this.#ended, ...familyIds])
    for (const familyId of familyIds) this.#announced.add(familyId)
    await this.#publish(new Map([[reason, familyIds]]))
  }

  /** Reads which families any process has ended, and publishes them again. Never rejects. */
  async poll(nowMs: number): Promise<void> {
    const { accounts, accessTokenTtlMs, logger } = this.#deps
    try {
      this.#announced = new Set()
      const sinceMs = nowMs - accessTokenTtlMs - clockSkewMs
      const families = await accounts.revokedSince(sinceMs, maxFamilies)
      this.#ended = new Set([...families.map((family) => family.familyId), ...this.#announced])
      const byReason = new Map<EndReason, string[]>()
      for (const { reason, familyId } of families) {
        const ids = byReason.get(reason)
        if (ids === undefined) byReason.set(reason, [familyId])
        else ids.push(familyId)
      }
      await this.#publish(byReason)
    } catch (error) {
      logger.warn({ err: error }, 'ended log-ins could not be read, the next poll reads them again')
    }
  }

  async #publish(byReason: ReadonlyMap<EndReason, readonly string[]>): Promise<void> {
    const { broadcast, logger } = this.#deps
    const pushes: Push[] = []
    for (const [reason, ids] of byReason) {
      for (let start = 0; start < ids.length; start += familiesPerPush) {
        const familyIds = ids.slice(start, start + familiesPerPush)
        pushes.push({ k: 'families_ended', familyIds, reason })
      }
    }
    try {
      await broadcast(pushes)
    } catch (error) {
      logger.warn(
        { err: error },
        'ended log-ins could not be published, the next poll publishes them again',
      )
    }
  }
}
