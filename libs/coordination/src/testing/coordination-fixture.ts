import type { Coordination } from '../coordination.ts'

export interface CoordinationUnderTest {
  /** Opens another session in the same world. */
  open(name: string): Promise<Coordination>
  dispose(): Promise<void>
}
/** The helpers of a test of the suite. */
export interface CoordinationFixture {
  /** Opens a session, and closes it after the test. */
  session: (name: string) => Promise<Coordination>
  /** A name that no other test uses. */
  fresh: (name: string) => string
}
