import type { Bridge } from '../bridge.ts'
import { InProcessBridge } from './in-process-bridge.ts'
import { World } from './world.ts'

/** What the services of one process share in place of an engine. */
export interface BridgeWorld {
  /** A session of its own: when it is closed, those whom it shows online are gone. */
  open(): Bridge
  /** Appends what a worker would write by itself. */
  write(inbox: string, sender: string | null, text: Uint8Array | null): void
}

export function createBridgeWorld(): BridgeWorld {
  const world = new World()
  return {
    open: () => new InProcessBridge(world),
    write: (inbox, sender, text) => {
      world.inboxes.get(inbox)?.records.push({ sender, text, origin: null })
      world.changed()
    },
  }
}
