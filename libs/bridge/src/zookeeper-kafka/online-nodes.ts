import type { Stop } from '../bridge.ts'
import { Reconciler } from '@rookery/service-kit'
import type { Operation, ZooKeeperSession } from '@rookery/zookeeper-client'
import { inParallel } from './in-parallel.ts'
import { watchNodes } from './nodes-watch.ts'
import type { Paths } from './paths.ts'

const showAgainEveryMs = 5_000
/** Nodes that are removed from below one id in one step. */
const maxRemovedPerStep = 100

/** The ephemeral nodes of those who are online: ours, and everybody's to see. */
export class OnlineNodes {
  readonly #session: ZooKeeperSession
  readonly #paths: Paths
  readonly #wanted = new Set<string>()
  /** Of this session, for others to take over. */
  readonly #released = new Set<string>()
  /** For who could not be shown at once, and when somebody else removed one. */
  readonly #again: Reconciler
  readonly #forget: () => void

  constructor(session: ZooKeeperSession, paths: Paths) {
    this.#session = session
    this.#paths = paths
    this.#again = new Reconciler(() => this.#showMissing(), {
      everyMs: showAgainEveryMs,
      onError: () => undefined,
    })
    // Nobody tells a process that is not there: what was decided since the session before was lost
    // is not known here.
    this.#forget = session.onSession(() => {
      this.#wanted.clear()
      this.#released.clear()
    })
  }

  watch(onChange: (ids: ReadonlySet<string>) => void): Stop {
    return watchNodes(
      this.#session,
      this.#paths.online,
      async (ids) => new Set(ids),
      (ids) => {
        if ([...this.#wanted].some((id) => !ids.has(id))) this.#again.poke()
        onChange(ids)
      },
    )
  }

  async show(ids: readonly string[]): Promise<void> {
    const fresh = ids.filter((id) => !this.#wanted.has(id))
    for (const id of fresh) {
      this.#wanted.add(id)
      this.#released.delete(id)
    }
    await inParallel(fresh, (id) => this.#show(id))
  }

  async hide(ids: readonly string[]): Promise<void> {
    const shown = ids.filter((id) => this.#wanted.delete(id) || this.#released.has(id))
    await inParallel(shown, async (id) => {
      this.#released.delete(id)
      if (await this.#isOurs(id))
        await this.#session.commit([{ kind: 'remove', path: this.#path(id), version: -1 }])
    })
  }

  async remove(ids: readonly string[]): Promise<void> {
    let failure: unknown = null
    await inParallel(ids, async (id) => {
      this.#wanted.delete(id)
      const path = this.#path(id)
      try {
        if (await this.#session.commit([{ kind: 'remove', path, version: -1 }])) return
        await this.#empty(path)
        await this.#session.commit([{ kind: 'remove', path, version: -1 }])
      } catch (error) {
        // One that a stranger has locked keeps nobody else there.
        failure ??= error
      }
    })
    if (failure !== null) throw failure
  }

  release(ids: readonly string[]): void {
    for (const id of ids) if (this.#wanted.delete(id)) this.#released.add(id)
  }

  async shownHere(): Promise<ReadonlySet<string>> {
    const ours = new Set<string>()
    await inParallel([...this.#wanted, ...this.#released], async (id) => {
      if (await this.#isOurs(id)) ours.add(id)
      else this.#released.delete(id)
    })
    return ours
  }

  async close(): Promise<void> {
    this.#forget()
    await this.#again.close()
  }

  async #showMissing(): Promise<void> {
    if (this.#wanted.size === 0) return
    const there = new Set((await this.#session.children(this.#paths.online)) ?? [])
    const missing = [...this.#wanted].filter((id) => !there.has(id))
    await inParallel(missing, (id) => this.#show(id))
  }

  async #show(id: string): Promise<void> {
    const path = this.#path(id)
    for (let attempt = 0; attempt < 5 && this.#wanted.has(id); attempt += 1) {
      const there = await this.#session.stat(path)
      if (there !== null && there.ephemeralOwner === this.#session.sessionId) return
      const take: Operation[] = [{ kind: 'create', path, data: null, ephemeral: true }]
      if (there !== null && there.numChildren > 0) await this.#empty(path)
      // Removed and made in one step, so that nobody sees it gone.
      if (there !== null) take.unshift({ kind: 'remove', path, version: there.version })
      if (await this.#session.commit(take)) return
    }
  }

  /**
   * Only strangers put anything below a node, which cannot be removed then. What is too much for
   * one step is left for the next try.
   */
  async #empty(path: string): Promise<void> {
    const below: Operation[] = []
    const collect = async (at: string): Promise<void> => {
      for (const child of (await this.#session.children(at)) ?? []) {
        const inside = `${at}/${child}`
        await collect(inside)
        if (below.length >= maxRemovedPerStep) return
        below.push({ kind: 'remove', path: inside, version: -1 })
      }
    }
    await collect(path)
    await this.#session.commit(below)
  }

  async #isOurs(id: string): Promise<boolean> {
    const stat = await this.#session.stat(this.#path(id))
    return stat !== null && stat.ephemeralOwner === this.#session.sessionId
  }

  #path(id: string): string {
    return `${this.#paths.online}/${id}`
  }
}
