import type { Stop } from '../bridge.ts'
import { Reconciler } from '@rookery/service-kit'
import type { Operation, ZooKeeperSession } from '@rookery/zookeeper-client'
import { inParallel } from './in-parallel.ts'
import { watchNodes } from './nodes-watch.ts'
import type { Paths } from './paths.ts'

const showAgainEveryMs = 5_000
/** At most this many nodes below an id are removed in one step. */
const maxRemovedPerStep = 100

/** The ephemeral nodes of online ids: those of this session, and a watch of all. */
export class OnlineNodes {
  readonly #session: ZooKeeperSession
  readonly #paths: Paths
  readonly #shown = new Set<string>()
  /** Ids with a node of this session that other sessions may take over. */
  readonly #released = new Set<string>()
  /** Shows ids again whose node could not be made, or was removed by another client. */
  readonly #repair: Reconciler
  readonly #forget: () => void

  constructor(session: ZooKeeperSession, paths: Paths) {
    this.#session = session
    this.#paths = paths
    this.#repair = new Reconciler(() => this.#showMissing(), {
      everyMs: showAgainEveryMs,
      onError: () => undefined,
    })
    // Other processes may have taken these ids over while this one had no session.
    this.#forget = session.onSession(() => {
      this.#shown.clear()
      this.#released.clear()
    })
  }

  watch(onChange: (ids: ReadonlySet<string>) => void): Stop {
    return watchNodes(
      this.#session,
      this.#paths.online,
      async (ids) => new Set(ids),
      (ids) => {
        if ([...this.#shown].some((id) => !ids.has(id))) this.#repair.poke()
        onChange(ids)
      },
    )
  }

  async show(ids: readonly string[]): Promise<void> {
    const fresh = ids.filter((id) => !this.#shown.has(id))
    for (const id of fresh) {
      this.#shown.add(id)
      this.#released.delete(id)
    }
    await inParallel(fresh, (id) => this.#show(id))
  }

  async hide(ids: readonly string[]): Promise<void> {
    const shown = ids.filter((id) => this.#shown.delete(id) || this.#released.has(id))
    await inParallel(shown, async (id) => {
      this.#released.delete(id)
      if (await this.#isOurs(id))
        await this.#session.commit([{ kind: 'remove', path: this.#path(id), version: -1 }])
    })
  }

  async remove(ids: readonly string[]): Promise<void> {
    let failure: unknown = null
    await inParallel(ids, async (id) => {
      this.#shown.delete(id)
      const path = this.#path(id)
      try {
        if (await this.#session.commit([{ kind: 'remove', path, version: -1 }])) return
        await this.#empty(path)
        await this.#session.commit([{ kind: 'remove', path, version: -1 }])
      } catch (error) {
        // A node that another client has locked must not keep the others online.
        failure ??= error
      }
    })
    if (failure !== null) throw failure
  }

  release(ids: readonly string[]): void {
    for (const id of ids) if (this.#shown.delete(id)) this.#released.add(id)
  }

  async shownHere(): Promise<ReadonlySet<string>> {
    const ours = new Set<string>()
    await inParallel([...this.#shown, ...this.#released], async (id) => {
      if (await this.#isOurs(id)) ours.add(id)
      else this.#released.delete(id)
    })
    return ours
  }

  async close(): Promise<void> {
    this.#forget()
    await this.#repair.close()
  }

  async #showMissing(): Promise<void> {
    if (this.#shown.size === 0) return
    const present = new Set((await this.#session.children(this.#paths.online)) ?? [])
    const missing = [...this.#shown].filter((id) => !present.has(id))
    await inParallel(missing, (id) => this.#show(id))
  }

  async #show(id: string): Promise<void> {
    const path = this.#path(id)
    for (let attempt = 0; attempt < 5 && this.#shown.has(id); attempt += 1) {
      const present = await this.#session.stat(path)
      if (present !== null && present.ephemeralOwner === this.#session.sessionId) return
      const operations: Operation[] = [{ kind: 'create', path, data: null, ephemeral: true }]
      if (present !== null && present.numChildren > 0) await this.#empty(path)
      // The old node is removed in the same step, so that no client sees a gap.
      if (present !== null) operations.unshift({ kind: 'remove', path, version: present.version })
      if (await this.#session.commit(operations)) return
    }
  }

  /**
   * Removes the nodes below an online node, which only other clients make. With them, the online
   * node could not be removed. Nodes beyond the limit of a step are left for the next try.
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
