import type { Bridge } from '@rookery/bridge'
import { type Logger, Reconciler } from '@rookery/service-kit'
import type { Registry } from './registry.ts'

export interface InboxKeeperDeps {
  bridge: Pick<Bridge, 'inboxes' | 'createInboxes' | 'deleteInbox'>
  registry: Registry
  /** Everyone in the tree who is online, registered or not. */
  online: () => ReadonlySet<string>
  logger: Logger
  onChange: () => void
}

const listEveryMs = 30_000
const lookEveryMs = 5_000
const retryMs = 1_000

/**
 * An inbox for whoever is online, and every inbox such that it can be read. Apart from the tree's
 * other work, which must not wait for Kafka.
 */
export class InboxKeeper {
  /** Those that this leader has made or looked after. */
  readonly inboxes: Set<string> = new Set()
  /** Whose inbox is being deleted: nobody makes it again meanwhile. */
  readonly quitting: Set<string> = new Set()
  readonly #deps: InboxKeeperDeps
  readonly #trigger: Reconciler
  readonly #opening = new Set<Promise<void>>()
  /** That were there when they were last listed. */
  #there: Set<string> = new Set()
  #listedMs = -Infinity
  #closed = false

  constructor(deps: InboxKeeperDeps) {
    this.#deps = deps
    this.#trigger = new Reconciler(() => this.#look(), {
      everyMs: lookEveryMs,
      onError: (error) => {
        deps.logger.warn({ err: error }, 'inboxes cannot be made now, it will be tried again')
        setTimeout(() => this.look(), retryMs).unref()
      },
    })
  }

  /** The registry, or who is online, has changed. */
  look(): void {
    this.#trigger.poke()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#trigger.close()
  }

  /** Makes those that are missing. When some cannot be made the others are, before it rejects. */
  async open(ids: readonly string[]): Promise<void> {
    const missing = ids.filter((id) => !this.inboxes.has(id) && !this.quitting.has(id))
    if (missing.length === 0 || this.#closed) return
    const opening = this.#make(missing)
    const settled = opening.catch(() => undefined)
    this.#opening.add(settled)
    void settled.then(() => this.#opening.delete(settled))
    await opening
  }

  /** The id must be in `quitting`. */
  async remove(id: string): Promise<void> {
    // One that is being made just now would be there again afterwards.
    await Promise.all(this.#opening)
    await this.#deps.bridge.deleteInbox(id)
    this.inboxes.delete(id)
    this.#there.delete(id)
  }

  async #make(ids: readonly string[]): Promise<void> {
    const { bridge } = this.#deps
    try {
      await bridge.createInboxes(ids)
      for (const id of ids) this.inboxes.add(id)
    } catch (error) {
      const there = await bridge.inboxes()
      for (const id of ids) if (there.has(id)) this.inboxes.add(id)
      throw error
    }
  }

  async #look(): Promise<void> {
    const { bridge, registry, online, onChange } = this.#deps
    const nowMs = performance.now()
    if (nowMs - this.#listedMs > listEveryMs) {
      this.#there = new Set(await bridge.inboxes())
      for (const id of this.inboxes) if (!this.#there.has(id)) this.inboxes.delete(id)
      this.#listedMs = nowMs
    }
    const { workers, accounts } = registry
    const needed = [...online()].filter((id) => workers.has(id))
    const found = [...this.#there].filter((id) => accounts.has(id) || workers.has(id))
    await this.open([...new Set([...needed, ...found])]).finally(onChange)
  }
}
