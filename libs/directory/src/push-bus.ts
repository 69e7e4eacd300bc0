/**
 * Messages from process to process: at most once, in order for each (publisher, receiver). Heads
 * and user versions repair a gap.
 */
export interface PushBus {
  /**
   * Never waits. Drops and counts the batches that a receiver or the engine cannot take. `batch`:
   * see `encodePushes`.
   */
  publish(serverId: string, batch: string): void
  /** Resolves when every batch published from now on reaches the listener. */
  subscribe(serverId: string, listener: (batch: string) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}
