import type { Bridge } from '@rookery/bridge'
import type { PushBus } from '@rookery/directory'
import { encodePushes, type OnlinePush } from '@rookery/domain'
import { type Logger, Reconciler } from '@rookery/service-kit'
import { setTimeout as sleep } from 'node:timers/promises'

export interface OnlineShareDeps {
  /** This process. */
  id: string
  bridge: Pick<Bridge, 'showOnline' | 'hideOnline' | 'releaseOnline' | 'shownHere'>
  bus: Pick<PushBus, 'publish'>
  /** Whether this is the id of a live presence process. */
  isMember: (id: string) => boolean
  /** All live presence processes that are not about to stop, including this one. */
  staying: () => readonly string[]
  logger: Logger
}

const maxQueued = 1_000
const maxIdsPerPush = 1_000
const handOverMs = 6_000
const pollMs = 50
const maxAgeMs = 1_000

/**
 * Shows this process's share of the users online in the tree. An ephemeral node shows a user, so
 * the nodes of a process that dies vanish with its ZooKeeper session. The processes share the work:
 * 1. The leader (`OnlineUsers`) assigns each visible user to an owner, one of the processes.
 * 2. It publishes all assignments to all processes. The owner shows the user, and the others
 *    release the user: they keep a node that they have until the owner has taken it over.
 * 3. It publishes an assignment again if the node does not appear, because a push can be lost.
 * 4. A process that stops assigns its users to the others, and waits until they are taken over.
 */
export class OnlineShare {
  readonly #deps: OnlineShareDeps
  readonly #trigger: Reconciler
  readonly #queue: { push: OnlinePush; atMs: number }[] = []
  #handingOver = false

  constructor(deps: OnlineShareDeps) {
    this.#deps = deps
    this.#trigger = new Reconciler(() => this.#apply(), {
      onError: (error) => {
        deps.logger.warn({ err: error }, 'users could not be shown to workers, tried again')
        this.#trigger.poke()
      },
    })
  }

  /**
   * Applies assignments of a live process. A process that was frozen is no longer a member, so its
   * outdated assignments are ignored.
   */
  receive(push: OnlinePush): void {
    if (this.#handingOver || !this.#deps.isMember(push.from)) return
    if (this.#queue.length >= maxQueued) this.#queue.shift()
    this.#queue.push({ push, atMs: performance.now() })
    this.#trigger.poke()
  }

  /** Publishes to all processes, including this one: the users of each owner, and users to hide. */
  assign(owners: ReadonlyMap<string, readonly string[]>, hidden: readonly string[] = []): void {
    const { id: from } = this.#deps
    for (const [owner, ids] of owners)
      for (const some of chunks(ids))
        this.#send({ k: 'online', from, owners: { [owner]: some }, hidden: [] })
    for (const some of chunks(hidden)) this.#send({ k: 'online', from, owners: {}, hidden: some })
  }

  /** Has the others take over the users that are shown here, and waits for it up to 6 s. */
  async handOver(): Promise<void> {
    const { id, bridge, staying } = this.#deps
    this.#handingOver = true
    await this.#trigger.close()
    const peers = staying().filter((member) => member !== id)
    const shown = await bridge.shownHere().catch(() => new Set<string>())
    bridge.releaseOnline([...shown])
    if (peers.length === 0) return
    this.assign(shares([...shown], peers))
    for (const end = performance.now() + handOverMs; performance.now() < end; await sleep(pollMs)) {
      const left = await bridge.shownHere().catch(() => null)
      if (left === null || left.size === 0) return
    }
  }

  #send(push: OnlinePush): void {
    const { id, bus, staying } = this.#deps
    const batch = encodePushes([push])
    for (const member of staying()) if (member !== id) bus.publish(member, batch)
    this.receive(push)
  }

  async #apply(): Promise<void> {
    const { id, bridge } = this.#deps
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { push, atMs } = next
      for (const [owner, ids] of Object.entries(push.owners))
        if (owner !== id) bridge.releaseOnline(ids)
      // An assignment that waited because the tree was away may be outdated. If not, it comes
      // again.
      if (performance.now() - atMs < maxAgeMs) await bridge.showOnline(push.owners[id] ?? [])
      await bridge.hideOnline(push.hidden)
    }
  }
}

/**
 * The ids of each process by rendezvous hashing: a process that comes or goes changes the owners of
 * as few ids as possible.
 */
export function shares(ids: readonly string[], members: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const id of ids) {
    let owner = ''
    let highest = -1
    for (const member of members) {
      const score = hash(`${member} ${id}`)
      if (score > highest) [owner, highest] = [member, score]
    }
    const share = found.get(owner)
    if (share === undefined) found.set(owner, [id])
    else share.push(id)
  }
  return found
}

/** FNV-1a with its bits mixed, because it hardly spreads texts that differ only at the end. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

function chunks(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / maxIdsPerPush)
  return Array.from({ length: count }, (_, n) =>
    ids.slice(n * maxIdsPerPush, (n + 1) * maxIdsPerPush),
  )
}
