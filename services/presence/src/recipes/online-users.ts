import { type Bridge, LevelTrigger } from '@rookery/bridge'
import type { PresenceUpdate } from '@rookery/domain'
import type { Logger } from '@rookery/service-kit'
import type { Manager } from './manager.ts'

export interface OnlineUsersDeps {
  bridge: Pick<Bridge, 'showOnline' | 'hideOnline' | 'removeOnline' | 'releaseOnline'>
  manager: Pick<Manager, 'registry' | 'online' | 'keeper'>
  logger: Logger
}

const lookEveryMs = 5_000
/** Chat servers report everybody anew within 5 s, should the board have come back empty. */
const settleMs = 10_000

/** Shows in the tree the accounts that others see online: an invisible user is not there. */
export class OnlineUsers {
  readonly #deps: OnlineUsersDeps
  readonly #visible = new Set<string>()
  readonly #shown = new Set<string>()
  readonly #trigger: LevelTrigger
  readonly #sinceMs = performance.now()
  /** Everybody's status is known, so who is not visible is to be hidden. */
  #complete = false

  constructor(deps: OnlineUsersDeps) {
    this.#deps = deps
    this.#trigger = new LevelTrigger(() => this.#look(), {
      everyMs: lookEveryMs,
      onError: (error) =>
        deps.logger.warn({ err: error }, 'users are not shown to workers, it will be tried again'),
    })
  }

  /** What others see of some users from now on; `complete` once that was said of all. */
  seen(updates: readonly PresenceUpdate[], complete: boolean): void {
    let changed = complete && !this.#complete
    this.#complete ||= complete
    for (const { userId, status } of updates) {
      const visible = status !== 'offline'
      if (visible === this.#visible.has(userId)) continue
      changed = true
      if (visible) this.#visible.add(userId)
      else this.#visible.delete(userId)
    }
    if (changed) this.#trigger.poke()
  }

  /** The registry or the tree has changed. */
  look(): void {
    this.#trigger.poke()
  }

  /** Hides nobody: a successor takes them over. */
  async close(): Promise<void> {
    await this.#trigger.close()
    this.#deps.bridge.releaseOnline()
  }

  async #look(): Promise<void> {
    const { bridge, manager } = this.#deps
    const { accounts } = manager.registry
    const coming = [...this.#visible].filter((id) => accounts.has(id) && !this.#shown.has(id))
    if (coming.length > 0) {
      // First the inbox: workers who see a user without one block for a minute and lose the text.
      await manager.keeper.open(coming)
      await bridge.showOnline(coming)
      for (const id of coming) this.#shown.add(id)
    }
    const going = [...this.#shown].filter((id) => !this.#visible.has(id))
    for (const id of going) this.#shown.delete(id)
    if (going.length > 0) await bridge.hideOnline(going)
    if (!this.#complete || performance.now() - this.#sinceMs < settleMs) return
    // What another process left, or a stranger put there: only the platform shows accounts.
    const strays = [...manager.online].filter((id) => accounts.has(id) && !this.#visible.has(id))
    if (strays.length > 0) await bridge.removeOnline(strays)
  }
}
