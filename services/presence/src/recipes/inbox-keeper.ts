import type { Bridge } from '@rookery/bridge'
import { type Logger, Reconciler } from '@rookery/service-kit'
import type { Registry } from './registry.ts'

export interface InboxKeeperDeps {
  bridge: Pick<Bridge, 'inboxes' | 'createInboxes' | 'deleteInbox'>
  registry: Registry
  /** All ids that are online in the tree, registered or not. */
  online: () => ReadonlySet<string>
  logger: Logger
  onChange: () => void
}

const listEveryMs = 30_000
const lookEveryMs = 5_000
const retryMs = 1_000

/**
 * Makes an inbox for every registered id that is online, and keeps existing inboxes readable. It
 * runs apart from other work on the tree, because that must not wait for Kafka.
 */
export class InboxKeeper {
  /** Ids whose inbox this leader has made or checked. */
  readonly inboxes: Set<string> = new Set()
  /** Ids whose inbox is being deleted, and must not be made again meanwhile. */
  readonly quitting: Set<string> = new Set()
  readonly #deps: InboxKeeperDeps
  readonly #trigger: Reconciler
  readonly #opening = new Set<Promise<void>>()
  /** Inboxes of the last listing. */
  #listed: Set<string> = new Set()
  #listedMs = -Infinity
  #closed = false

  constructor(deps: InboxKeeperDeps) {
    this.#deps = deps
    this.#trigger = new Reconciler(() => this.#look(), {
      everyMs: lookEveryMs,
      onError: (error) => {
        deps.logger.warn({ err: error }, 'inboxes could not be made, tried again in a second')
        setTimeout(() => this.look(), retryMs).unref()
      },
    })
  }

  /** Call when the registry or the set of online ids has changed. */
  look(): void {
    this.#trigger.poke()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#trigger.close()
  }

  /** Makes missing inboxes. If some cannot be made, it makes the others and then rejects. */
  async open(ids: readonly string[]): Promise<void> {
    const missing = ids.filter((id) => !this.inboxes.has(id) && !this.quitting.has(id))
    if (missing.length === 0 || this.#closed) return
    const opening = this.#make(missing)
    const settled = opening.catch(() => undefined)
    this.#opening.add(settled)
    void settled.then(() => this.#opening.delete(settled))
    await opening
  }

  /** Deletes an inbox. The id must be in `quitting`. */
  async remove(id: string): Promise<void> {
    // An inbox that is being made at the moment would exist again afterwards.
    await Promise.all(this.#opening)
    await this.#deps.bridge.deleteInbox(id)
    this.inboxes.delete(id)
    this.#listed.delete(id)
  }

  async #make(ids: readonly string[]): Promise<void> {
    const { bridge } = this.#deps
    try {
      await bridge.createInboxes(ids)
      for (const id of ids) this.inboxes.add(id)
    } catch (error) {
      const existing = await bridge.inboxes()
      for (const id of ids) if (existing.has(id)) this.inboxes.add(id)
      throw error
    }
  }

  async #look(): Promise<void> {
    const { bridge, registry, online, onChange } = this.#deps
    const nowMs = performance.now()
    if (nowMs - this.#listedMs > listEveryMs) {
      this.#listed = new Set(await bridge.inboxes())
      for (const id of this.inboxes) if (!this.#listed.has(id)) this.inboxes.delete(id)
      this.#listedMs = nowMs
    }
    const { workers, accounts } = registry
    const needed = [...online()].filter((id) => workers.has(id))
    const found = [...this.#listed].filter((id) => accounts.has(id) || workers.has(id))
    await this.open([...new Set([...needed, ...found])]).finally(onChange)
  }
}
