import type { Accounts, EndReason } from '@rookery/accounts'
import type { Push } from '@rookery/domain'
import type { Logger } from '@rookery/service-kit'
import type { Broadcast } from '../broadcast.ts'

export interface EndedFamiliesDeps {
  readonly accounts: Pick<Accounts, 'revokedSince'>
  readonly broadcast: Broadcast
  readonly logger: Logger
  /** For so long a token of an ended family may still be shown. */
  readonly accessTokenTtlMs: number
}

const maxFamilies = 10_000
const familiesPerPush = 500
/** Clocks of api processes and the accounts' writer may differ by this much. */
const clockSkewMs = 10_000

/**
 * Access tokens are checked without a look-up, so everybody who takes them is told which families
 * have ended: at once, and again with every `poll` until their tokens have run out, so that a lost
 * push delays a cut by seconds only. This process refuses them too.
 */
export class EndedFamilies {
  readonly #deps: EndedFamiliesDeps
  #ended: ReadonlySet<string> = new Set()
  /** Announced since the last poll began: its answer may not know them yet. */
  #announced = new Set<string>()

  constructor(deps: EndedFamiliesDeps) {
    this.#deps = deps
  }

  has(familyId: string): boolean {
    return this.#ended.has(familyId)
  }

  /** Tells of families that this process has just ended. Never rejects: `poll` repairs it. */
  async announce(familyIds: readonly string[], reason: EndReason): Promise<void> {
    if (familyIds.length === 0) return
    this.#ended = new Set([...this.#ended, ...familyIds])
    for (const familyId of familyIds) this.#announced.add(familyId)
    await this.#publish(new Map([[reason, familyIds]]))
  }

  /** Reads what any process has ended and publishes it again. Never rejects. */
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
      logger.warn({ err: error }, 'ended log-ins could not be read')
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
      logger.warn({ err: error }, 'ended log-ins could not be published')
    }
  }
}
