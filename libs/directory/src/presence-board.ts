import type { PresenceUpdate } from '@rookery/domain'

/** How often a report that says nothing new counts as a change. */
export const seenEveryMs: number = 60_000

export type ChosenStatus = 'online' | 'away' | 'busy' | 'invisible'

/**
 * Where chat servers report who is connected and what status was chosen, and where the presence
 * service writes what others see. Soft state: chat servers report their users anew every 5 s, and
 * after a loss.
 */
export interface PresenceBoard {
  /**
   * What one chat server knows of a user: its latest report replaces the earlier one, and expires
   * after 15 s.
   */
  report(serverId: string, reports: readonly PresenceReport[]): Promise<void>
  /** The status a user set last; it outlives connections. A later `atMs` wins. */
  choose(username: string, choice: Choice): Promise<void>
  choices(usernames: readonly string[]): Promise<ReadonlyMap<string, Choice>>

  /**
   * Who on `serverId` wants pushes about these users; the whole set of the server is replaced every
   * 5 s by `watch` with `replace`.
   */
  watch(serverId: string, usernames: readonly string[], replace: boolean): Promise<void>
  unwatch(serverId: string, usernames: readonly string[]): Promise<void>
  watchers(usernames: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>

  /**
   * For the presence service: users whose report is new, says something else or has expired, or who
   * chose, since the last call; at most `limit`; each is handed out once. A report that only renews
   * counts when a new minute has begun, so that what others see of the time stays fresh.
   */
  takeChanged(limit: number): Promise<string[]>
  /**
   * For a new leader: everyone who is reported, or seen as anything but offline, counts as changed
   * again. So what the last leader took and did not finish is not lost.
   */
  markAllChanged(): Promise<void>
  /** Fires soon after there is something to take. */
  onChanged(listener: () => void): () => void
  /** The raw facts to merge. */
  facts(usernames: readonly string[]): Promise<ReadonlyMap<string, PresenceFacts>>
  /** What others see from now on. */
  publish(updates: readonly PresenceUpdate[]): Promise<void>
  /** What others see; an unknown user is offline, never seen. */
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
  /** Whether any server holds an unexpired report of a connection. */
  connected: boolean
  /** The last time a report said connected; null when never. */
  lastConnectedMs: number | null
  choice: Choice | null
}
