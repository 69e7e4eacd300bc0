/**
 * Process to process, at most once, in order per (publisher, receiver). A gap is repaired by heads
 * and user versions.
 */
export interface PushBus {
  /**
   * Never waits; drops, and counts, what a receiver or the engine cannot take. `batch`: see
   * `encodePushes`.
   */
  publish(serverId: string, batch: string): void
  /** Resolves once nothing published from now on is missed. */
  subscribe(serverId: string, listener: (batch: string) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}
