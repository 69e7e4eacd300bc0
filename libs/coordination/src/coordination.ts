import { PortError } from '@rookery/service-kit'

/**
 * Groups of live processes, and elections of leaders. Everything here is a lease: it vanishes with
 * the session of the process that made it.
 *
 * Example, with a session of 6 s: a leader is cut off from the engine at second 0. At second 4 it
 * is `lost`, and its signal aborts. At second 6 its lease ends: its memberships vanish, and another
 * process leads.
 */
export interface Coordination {
  /**
   * `suspect` after a third of the session without an answer, `lost` after two thirds. A leader
   * must stop when it is `lost`. The state is computed by this getter. So a process that was frozen
   * sees `lost` in its first turn, with the signal of its leadership aborted.
   */
  readonly state: CoordinationState
  onState(listener: (state: CoordinationState) => void): () => void
  /**
   * Adds a member, which vanishes with the session of this process. After a lost session, the
   * process joins again without a call. Data ≤ 4 KiB.
   */
  join(group: string, member: string, data: string): Promise<Membership>
  /**
   * Calls `onChange` with all members and their data: now and after every change. Several quick
   * changes may come as one call, but the last one is never missed.
   */
  watchMembers(
    group: string,
    onChange: (members: ReadonlyMap<string, string>) => void,
  ): Promise<() => void>
  /**
   * Stands in an election, and runs `lead` while elected. One process leads at a time: the signal
   * aborts after ⅔ of the session without an answer, before another process can lead. When `lead`
   * returns or rejects, this process releases the leadership, and stands again after a second.
   * Resolves to a function that ends the candidacy.
   */
  elect(
    election: string,
    candidate: string,
    lead: (signal: AbortSignal) => Promise<void>,
  ): Promise<() => Promise<void>>
  leaderOf(election: string): Promise<string | null>
  close(): Promise<void>
}
export type CoordinationState = 'connected' | 'suspect' | 'lost'
export interface Membership {
  update(data: string): Promise<void>
  leave(): Promise<void>
}
/** `too_large`: the data of a member is too large, and a repeat does not help. */
export type CoordinationErrorCode = 'unavailable' | 'too_large'
export class CoordinationError extends PortError<CoordinationErrorCode> {
  override readonly name = 'CoordinationError'

  get retryable(): boolean {
    return this.code === 'unavailable'
  }
}
