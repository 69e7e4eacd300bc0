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
  /** Whether it is a presence process that lives. */
  isMember: (id: string) => boolean
  /** All presence processes that live and are not about to go; this one, too. */
  staying: () => readonly string[]
  logger: Logger
}

const maxQueued = 1_000
const maxIdsPerPush = 1_000
const handOverMs = 6_000
const pollMs = 50
const maxAgeMs = 1_000

/**
 * The users whom this process shows online in the tree. The leader says who shows whom; all are
 * told all, so that each knows as well whom it shows no longer. What is lost on the way the leader
 * tells again.
 */
export class OnlineShare {
  readonly #deps: OnlineShareDeps
  readonly #trigger: Reconciler
  readonly #queue: { push: OnlinePush; atMs: number }[] = []
  #handingOver = false

  constructor(deps: OnlineShareDeps) {
    this.#deps = deps
    this.#trigger = new Reconciler(() => this.#obey(), {
      onError: (error) => {
        deps.logger.warn({ err: error }, 'users are not shown to workers, it will be tried again')
        this.#trigger.poke()
      },
    })
  }

  /**
   * Only a process that lives is obeyed: one that was frozen is no leader any more, and no member
   * either.
   */
  told(push: OnlinePush): void {
    if (this.#handingOver || !this.#deps.isMember(push.from)) return
    if (this.#queue.length >= maxQueued) this.#queue.shift()
    this.#queue.push({ push, atMs: performance.now() })
    this.#trigger.poke()
  }

  /** Tells every process, this one too, who shows whom from now on, and who is hidden. */
  tell(owners: ReadonlyMap<string, readonly string[]>, hidden: readonly string[] = []): void {
    const { id: from } = this.#deps
    for (const [owner, ids] of owners)
      for (const some of chunks(ids))
        this.#send({ k: 'online', from, owners: { [owner]: some }, hidden: [] })
    for (const some of chunks(hidden)) this.#send({ k: 'online', from, owners: {}, hidden: some })
  }

  /**
   * Waits a moment for the others to take over those who are shown here, so that they are never
   * gone.
   */
  async handOver(): Promise<void> {
    const { id, bridge, staying } = this.#deps
    this.#handingOver = true
    await this.#trigger.close()
    const peers = staying().filter((member) => member !== id)
    const shown = await bridge.shownHere().catch(() => new Set<string>())
    bridge.releaseOnline([...shown])
    if (peers.length === 0) return
    this.tell(shares([...shown], peers))
    for (const end = performance.now() + handOverMs; performance.now() < end; await sleep(pollMs)) {
      const left = await bridge.shownHere().catch(() => null)
      if (left === null || left.size === 0) return
    }
  }

  #send(push: OnlinePush): void {
    const { id, bus, staying } = this.#deps
    const batch = encodePushes([push])
    for (const member of staying()) if (member !== id) bus.publish(member, batch)
    this.told(push)
  }

  async #obey(): Promise<void> {
    const { id, bridge } = this.#deps
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { push, atMs } = next
      for (const [owner, ids] of Object.entries(push.owners))
        if (owner !== id) bridge.releaseOnline(ids)
      // What had to wait, because the tree was away, may not hold any more; if it does, it is told
      // again.
      if (performance.now() - atMs < maxAgeMs) await bridge.showOnline(push.owners[id] ?? [])
      await bridge.hideOnline(push.hidden)
    }
  }
}

/**
 * Each id's process, such that one that comes or goes changes as few as can be (rendezvous
 * hashing).
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

/** FNV-1a, and its bits mixed: it alone hardly spreads what differs at the end only. */
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
