import type { PresenceUpdate } from '@rookery/domain'

/** A renewed report counts as a change once in this time, though it says nothing new. */
export const seenEveryMs: number = 60_000

export type ChosenStatus = 'online' | 'away' | 'busy' | 'invisible'

/**
 * The place where chat servers report connected users and chosen statuses, and where the presence
 * service writes the statuses that others see. Soft state: chat servers report their users again
 * every 5 s, and after a loss.
 */
export interface PresenceBoard {
  /**
   * Sets one chat server's reports, one for each user. A report replaces the server's earlier one
   * about the same user, and expires after 15 s. Example: a chat server reports every 5 s; 15 s
   * after it was killed, its users no longer count as connected.
   */
  report(serverId: string, reports: readonly PresenceReport[]): Promise<void>
  /** Sets the status that the user chose. It outlives connections. The later `atMs` wins. */
  choose(username: string, choice: Choice): Promise<void>
  choices(usernames: readonly string[]): Promise<ReadonlyMap<string, Choice>>

  /**
   * Adds users to the set about which `serverId` wants pushes. Every 5 s a server replaces its
   * whole set, with `replace`.
   */
  watch(serverId: string, usernames: readonly string[], replace: boolean): Promise<void>
  unwatch(serverId: string, usernames: readonly string[]): Promise<void>
  watchers(usernames: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>

  /**
   * For the presence service: users with a new, different or expired report, or a new choice, since
   * the last call; at most `limit`. Each change is returned once. A renewed report counts once a
   * minute, so that the `lastSeen` that others see stays fresh.
   */
  takeChanged(limit: number): Promise<string[]>
  /**
   * For a new leader: every user who is reported, or shown as not offline, counts as changed again.
   * So no change is lost that the last leader took but did not publish.
   */
  markAllChanged(): Promise<void>
  /** Calls the listener soon after users changed. */
  onChanged(listener: () => void): () => void
  /** The facts from which the presence service makes one status. */
  facts(usernames: readonly string[]): Promise<ReadonlyMap<string, PresenceFacts>>
  /** Sets the statuses that others see from now on. */
  publish(updates: readonly PresenceUpdate[]): Promise<void>
  /** The statuses that others see. An unknown user is offline and was never seen. */
  read(usernames: readonly string[]): Promise<ReadonlyMap<string, PresenceUpdate>>
  close(): Promise<void>
}

export interface PresenceReport {
  username: string
  connected: boolean
  atMs: number
}
export interface Choice {
  status: ChosenStatus
  text: string | null
  atMs: number
}
export interface PresenceFacts {
  /** True if any server holds an unexpired report of a connection. */
  connected: boolean
  /** The last time at which a report said connected; null if none did. */
  lastConnectedMs: number | null
  choice: Choice | null
}
