import type { Bridge } from '@rookery/bridge'
import type { PresenceUpdate } from '@rookery/domain'
import { type Logger, Reconciler } from '@rookery/service-kit'
import type { Manager } from './manager.ts'
import { type OnlineShare, shares } from './online-share.ts'

export interface OnlineUsersDeps {
  bridge: Pick<Bridge, 'removeOnline'>
  manager: Pick<Manager, 'registry' | 'online' | 'keeper'>
  share: Pick<OnlineShare, 'tell'>
  /** All presence processes that live and are not about to go; this one, too. */
  staying: () => readonly string[]
  logger: Logger
}

const lookEveryMs = 5_000
/** Chat servers report everybody anew within 5 s, should the board have come back empty. */
const settleMs = 10_000
/** What was told is done by then, unless it was lost. */
const tellAgainMs = 2_000
/**
 * The tree does not say who shows somebody, so all of it is told again: whose session was over
 * takes its share back.
 */
const tellAllMs = 10_000

/**
 * The leader's part: sees to it that the accounts that others see online are in the tree, each
 * shown by one of the presence processes. An invisible user is not there.
 */
export class OnlineUsers {
  readonly #deps: OnlineUsersDeps
  readonly #visible = new Set<string>()
  /** Who was told to show whom, and when. */
  readonly #told = new Map<string, { owner: string; atMs: number }>()
  readonly #trigger: Reconciler
  readonly #sinceMs = performance.now()
  /** Everybody's status is known, so who is not visible is to be hidden. */
  #complete = false

  constructor(deps: OnlineUsersDeps) {
    this.#deps = deps
    this.#trigger = new Reconciler(() => this.#look(), {
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

  /** The registry, the tree, or who lives has changed. */
  look(): void {
    this.#trigger.poke()
  }

  /** Hides nobody: those who show them go on. */
  close(): Promise<void> {
    return this.#trigger.close()
  }

  async #look(): Promise<void> {
    this.#hide()
    const { manager } = this.#deps
    const { accounts } = manager.registry
    const coming = [...this.#visible].filter(
      (id) => accounts.has(id) && !manager.keeper.inboxes.has(id),
    )
    try {
      // First the inbox: workers who see a user without one block for a minute and lose the text.
      if (coming.length > 0) await manager.keeper.open(coming)
    } finally {
      this.#show()
      await this.#removeStrays()
    }
  }

  #hide(): void {
    const going = [...this.#told.keys()].filter((id) => !this.#visible.has(id))
    for (const id of going) this.#told.delete(id)
    if (going.length > 0) this.#deps.share.tell(new Map(), going)
  }

  /**
   * Tells of those who are new, whose process is another now, or who should be in the tree by now
   * and are not.
   */
  #show(): void {
    const { manager, staying, share } = this.#deps
    const { accounts } = manager.registry
    const nowMs = performance.now()
    const wanted = [...this.#visible].filter(
      (id) => accounts.has(id) && manager.keeper.inboxes.has(id),
    )
    const changed = new Map<string, string[]>()
    for (const [owner, ids] of shares(wanted, staying())) {
      const news = ids.filter((id) => {
        const told = this.#told.get(id)
        if (told?.owner !== owner) return true
        return nowMs - told.atMs > (manager.online.has(id) ? tellAllMs : tellAgainMs)
      })
      for (const id of news) this.#told.set(id, { owner, atMs: nowMs })
      if (news.length > 0) changed.set(owner, news)
    }
    share.tell(changed)
  }

  /** What another process left, or a stranger put there: only the platform shows accounts. */
  async #removeStrays(): Promise<void> {
    if (!this.#complete || performance.now() - this.#sinceMs < settleMs) return
    const { bridge, manager, share } = this.#deps
    const { accounts } = manager.registry
    const strays = [...manager.online].filter((id) => accounts.has(id) && !this.#visible.has(id))
    if (strays.length === 0) return
    share.tell(new Map(), strays)
    await bridge.removeOnline(strays)
  }
}
