import type { PushBus } from '../push-bus.ts'

const defaultMaxQueued = 10_000

type Listener = (batch: string) => void
interface Receiver {
  listeners: Set<Listener>
  queue: string[]
}

export interface EmbeddedPushBus extends PushBus {
  /** The number of batches that were dropped because their receiver's queue was full. */
  readonly dropped: number
}

/**
 * Delivers after the current turn of the event loop, as an engine would, so that a publisher's next
 * steps never depend on it. `maxQueued`: batches that wait for one receiver.
 */
export function createEmbeddedPushBus({
  maxQueued = defaultMaxQueued,
}: { maxQueued?: number } = {}): EmbeddedPushBus {
  return new InProcessPushBus(maxQueued)
}

class InProcessPushBus implements EmbeddedPushBus {
  readonly #maxQueued: number
  readonly #receivers = new Map<string, Receiver>()
  #dropped = 0

  constructor(maxQueued: number) {
    this.#maxQueued = maxQueued
  }

  get dropped(): number {
    return this.#dropped
  }

  publish(serverId: string, batch: string): void {
    const receiver = this.#receivers.get(serverId)
    if (receiver === undefined) return
    if (receiver.queue.length >= this.#maxQueued) {
      this.#dropped += 1
      return
    }
    receiver.queue.push(batch)
    if (receiver.queue.length === 1) setImmediate(() => deliver(receiver))
  }

  async subscribe(serverId: string, listener: Listener): Promise<() => Promise<void>> {
    let receiver = this.#receivers.get(serverId)
    if (receiver === undefined) {
      receiver = { listeners: new Set(), queue: [] }
      this.#receivers.set(serverId, receiver)
    }
    const { listeners } = receiver
    listeners.add(listener)
    return async () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#receivers.get(serverId)?.listeners === listeners)
        this.#receivers.delete(serverId)
    }
  }

  async close(): Promise<void> {
    for (const { listeners } of this.#receivers.values()) listeners.clear()
    this.#receivers.clear()
  }
}

function deliver(receiver: Receiver): void {
  const batches = receiver.queue
  receiver.queue = []
  for (const batch of batches) {
    for (const listener of receiver.listeners) listener(batch)
  }
}
