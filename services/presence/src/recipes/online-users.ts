import type { Bridge } from '@rookery/bridge'
import type { PresenceUpdate } from '@rookery/domain'
import { type Logger, Reconciler } from '@rookery/service-kit'
import type { Manager } from './manager.ts'
import { type OnlineShare, shares } from './online-share.ts'

export interface OnlineUsersDeps {
  bridge: Pick<Bridge, 'removeOnline'>
  manager: Pick<Manager, 'registry' | 'online' | 'keeper'>
  share: Pick<OnlineShare, 'assign'>
  /** All live presence processes that are not about to stop, including this one. */
  staying: () => readonly string[]
  logger: Logger
}

const lookEveryMs = 5_000
/** Chat servers report all users again within 5 s if the board has lost them. */
const settleMs = 10_000
/** An assignment takes effect within this time, unless its push was lost. */
const assignAgainMs = 2_000
/**
 * Assignments are also repeated for users who are online: the tree does not say which process shows
 * a user. So a process takes back its share after its ZooKeeper session has expired.
 */
const assignAllMs = 10_000

/**
 * The leader's part of showing users to workers: each account that others see online is assigned to
 * one presence process, which shows it in the tree. Invisible users are not in the tree. See
 * `OnlineShare` for all steps.
 */
export class OnlineUsers {
  readonly #deps: OnlineUsersDeps
  readonly #visible = new Set<string>()
  /** The owner that each user was assigned to, and when. */
  readonly #assigned = new Map<string, { owner: string; atMs: number }>()
  readonly #trigger: Reconciler
  readonly #sinceMs = performance.now()
  /** All statuses are known, so users who are not visible can be hidden. */
  #complete = false

  constructor(deps: OnlineUsersDeps) {
    this.#deps = deps
    this.#trigger = new Reconciler(() => this.#look(), {
      everyMs: lookEveryMs,
      onError: (error) =>
        deps.logger.warn(
          { err: error },
          'users could not be shown to workers, tried again within 5 s',
        ),
    })
  }

  /** Statuses that others see from now on. `complete`: the statuses of all users are known. */
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

  /** Call when the registry, the tree or the set of live processes has changed. */
  look(): void {
    this.#trigger.poke()
  }

  /** Hides no users: their owners keep showing them. */
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
      // The inbox comes first: a worker that writes to an online user without an inbox waits for a
      // minute and loses the text.
      if (coming.length > 0) await manager.keeper.open(coming)
    } finally {
      this.#show()
      await this.#removeStrays()
    }
  }

  #hide(): void {
    const going = [...this.#assigned.keys()].filter((id) => !this.#visible.has(id))
    for (const id of going) this.#assigned.delete(id)
    if (going.length > 0) this.#deps.share.assign(new Map(), going)
  }

  /** Assigns users who are new, whose owner has changed, or whose assignment is to be repeated. */
  #show(): void {
    const { manager, staying, share } = this.#deps
    const { accounts } = manager.registry
    const nowMs = performance.now()
    const shown = [...this.#visible].filter(
      (id) => accounts.has(id) && manager.keeper.inboxes.has(id),
    )
    const changed = new Map<string, string[]>()
    for (const [owner, ids] of shares(shown, staying())) {
      const published = ids.filter((id) => {
        const assigned = this.#assigned.get(id)
        if (assigned?.owner !== owner) return true
        return nowMs - assigned.atMs > (manager.online.has(id) ? assignAllMs : assignAgainMs)
      })
      for (const id of published) this.#assigned.set(id, { owner, atMs: nowMs })
      if (published.length > 0) changed.set(owner, published)
    }
    share.assign(changed)
  }

  /**
   * Removes nodes of accounts that are not visible. Another process has left them, or a client
   * other than the platform has made them.
   */
  async #removeStrays(): Promise<void> {
    if (!this.#complete || performance.now() - this.#sinceMs < settleMs) return
    const { bridge, manager, share } = this.#deps
    const { accounts } = manager.registry
    const strays = [...manager.online].filter((id) => accounts.has(id) && !this.#visible.has(id))
    if (strays.length === 0) return
    share.assign(new Map(), strays)
    await bridge.removeOnline(strays)
  }
}
