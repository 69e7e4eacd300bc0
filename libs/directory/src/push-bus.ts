/**
 * Messages from process to process: at most once, in order for each (publisher, receiver). A
 * receiver that missed messages notices it by a head or a user version, and reads the store.
 */
export interface PushBus {
  /**
   * Never waits. Drops and counts the batches that a receiver or the engine cannot take. `batch`:
   * see `encodePushes`.
   */
  publish(serverId: string, batch: string): void
  /** Resolves when the listener gets every batch that is published from then on. */
  subscribe(serverId: string, listener: (batch: string) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}
