import type { Bridge } from '../bridge.ts'

export interface BridgeUnderTest {
  /** Opens one more session in the same world, whose tree is prepared. */
  open(): Promise<Bridge>
  /** Appends what a worker would write by itself. */
  write(inbox: string, sender: string | null, text: Uint8Array | null): Promise<void>
  dispose(): Promise<void>
}
/** What a test of the suite works with. */
export interface BridgeFixture {
  /** A session that is closed after the test at the latest. */
  session: () => Promise<Bridge>
  write: BridgeUnderTest['write']
  /** An id that no other test uses. */
  fresh: (name: string) => string
}
