import type { Bridge } from '../bridge.ts'

export interface BridgeUnderTest {
  /** Opens another session in the same world, whose tree is prepared. */
  open(): Promise<Bridge>
  /** Appends a record as a worker does. */
  write(inbox: string, sender: string | null, text: Uint8Array | null): Promise<void>
  dispose(): Promise<void>
}
/** The helpers of a test of the suite. */
export interface BridgeFixture {
  /** Opens a session, and closes it after the test. */
  session: () => Promise<Bridge>
  write: BridgeUnderTest['write']
  /** An id that no other test uses. */
  fresh: (name: string) => string
}
