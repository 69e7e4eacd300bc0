import type { PresenceBoard, PushBus } from '@rookery/directory'
import { encodePushes, type PresenceUpdate } from '@rookery/domain'
import { type Leaving, looksDifferent, mergeStatus } from './merge-status.ts'

const maxTakenPerTick = 1_000

export interface StatusPublisherDeps {
  board: PresenceBoard
  bus: PushBus
  now: () => number
  graceMs: number
  /** Called with the number of updates that were pushed to watchers. */
  onPushed: (updates: number) => void
  /**
   * Called with the present statuses of all merged users, changed or not. `complete`: no user is
   * left to be merged.
   */
  onSeen?: (seen: readonly PresenceUpdate[], complete: boolean) => void
}

/**
 * The work of the leader: takes changed users from the board, publishes their statuses, and pushes
 * these to the servers that watch. After a failure, the next tick repeats what is left.
 */
export class StatusPublisher {
  readonly #deps: StatusPublisherDeps
  /** Users taken from the board and not merged yet. */
  readonly #taken = new Set<string>()
  readonly #leaving = new Map<string, { leaving: Leaving; dueMs: number }>()
  /** Updates published and not pushed to the watchers yet. */
  readonly #unpushed = new Map<string, PresenceUpdate>()

  constructor(deps: StatusPublisherDeps) {
    this.#deps = deps
  }

  /** Publishes all changes since the last tick, and pushes them as one batch to each server. */
  async tick(): Promise<void> {
    const { board, now, graceMs } = this.#deps
    const changed = await board.takeChanged(maxTakenPerTick)
    for (const username of changed) this.#taken.add(username)
    const nowMs = now()
    for (const [username, { dueMs }] of this.#leaving) {
      // An end later than a whole grace from now means that the clock was set back.
      if (dueMs <= nowMs || dueMs > nowMs + graceMs) this.#taken.add(username)
    }
    const seen = this.#taken.size > 0 ? await this.#merge([...this.#taken], nowMs) : []
    this.#deps.onSeen?.(seen, changed.length < maxTakenPerTick)
    if (this.#unpushed.size > 0) await this.#push()
  }

  /** @returns the statuses that others see now */
  async #merge(usernames: readonly string[], nowMs: number): Promise<PresenceUpdate[]> {
    const { board, graceMs } = this.#deps
    const [facts, seen] = await Promise.all([board.facts(usernames), board.read(usernames)])
    const updates: PresenceUpdate[] = []
    const different: PresenceUpdate[] = []
    const nowSeen: PresenceUpdate[] = []
    const leaving = new Map<string, { leaving: Leaving; dueMs: number }>()
    for (const username of usernames) {
      const before = seen.get(username)
      const known = facts.get(username)
      if (before === undefined || known === undefined) continue
      const merged = mergeStatus({
        facts: known,
        seen: before,
        leaving: this.#leaving.get(username)?.leaving ?? null,
        nowMs,
        graceMs,
      })
      nowSeen.push(merged.kind === 'leaving' ? before : merged.update)
      if (merged.kind === 'leaving') leaving.set(username, merged)
      else if (looksDifferent(before, merged.update)) different.push(merged.update)
      else if (merged.update.lastSeen !== before.lastSeen) updates.push(merged.update)
    }
    if (updates.length + different.length > 0) await board.publish([...updates, ...different])
    for (const update of different) this.#unpushed.set(update.userId, update)
    for (const username of usernames) {
      this.#taken.delete(username)
      const entry = leaving.get(username)
      if (entry === undefined) this.#leaving.delete(username)
      else this.#leaving.set(username, entry)
    }
    return nowSeen
  }

  /**
   * Reads the watchers after publishing: a server that begins to watch later reads the new status.
   */
  async #push(): Promise<void> {
    const { board, bus, onPushed } = this.#deps
    const updates = [...this.#unpushed.values()]
    const watchers = await board.watchers(updates.map((update) => update.userId))
    const ofServer = new Map<string, PresenceUpdate[]>()
    for (const update of updates) {
      for (const serverId of watchers.get(update.userId) ?? []) {
        const batch = ofServer.get(serverId)
        if (batch === undefined) ofServer.set(serverId, [update])
        else batch.push(update)
      }
    }
    for (const [serverId, batch] of ofServer)
      bus.publish(serverId, encodePushes([{ k: 'presence', updates: batch }]))
    this.#unpushed.clear()
    onPushed(updates.length)
  }
}
