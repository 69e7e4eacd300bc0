import { PortError } from '@rookery/service-kit'

/**
 * Who lives, and who leads. Leases, not a database: what is here goes with the process that put it.
 */
export interface Coordination {
  /**
   * `suspect` after a third of the session without an answer, `lost` after two thirds: stop acting
   * as a leader. Judged when it is asked for, so that a process which was frozen knows it in the
   * same turn, and its leadership's signal has aborted then.
   */
  readonly state: CoordinationState
  onState(listener: (state: CoordinationState) => void): () => void
  /**
   * The record disappears with this process's session. A lost session is joined anew by itself.
   * Data ≤ 4 KiB.
   */
  join(group: string, member: string, data: string): Promise<Membership>
  /**
   * Calls `onChange` with all members now and after every change; level-triggered, so quick changes
   * may be seen as one.
   */
  watchMembers(
    group: string,
    onChange: (members: ReadonlyMap<string, string>) => void,
  ): Promise<() => void>
  /**
   * Runs `lead` while elected, one process at a time; its signal aborts at ⅔ of the session without
   * an answer, before another can start. When `lead` returns or rejects, leadership is given up and
   * stood for again after a second. Resolves to a function that stands down.
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
/** `too_large`: a member's data; final. */
export type CoordinationErrorCode = 'unavailable' | 'too_large'
export class CoordinationError extends PortError<CoordinationErrorCode> {
  override readonly name = 'CoordinationError'

  get retryable(): boolean {
    return this.code === 'unavailable'
  }
}
