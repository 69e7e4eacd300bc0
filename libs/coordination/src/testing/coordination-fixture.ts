import type { Coordination } from '../coordination.ts'

export interface CoordinationUnderTest {
  /** Opens one more session in the same world. */
  open(name: string): Promise<Coordination>
  dispose(): Promise<void>
}
/** What a test of the suite works with. */
export interface CoordinationFixture {
  /** A session that is closed after the test at the latest. */
  session: (name: string) => Promise<Coordination>
  /** A name that no other test uses. */
  fresh: (name: string) => string
}
