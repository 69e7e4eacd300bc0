import type { Bridge } from '../bridge.ts'
import { InProcessBridge } from './in-process-bridge.ts'
import { World } from './world.ts'

/** The bridge that the services of one process share. It takes the place of the engines. */
export interface BridgeWorld {
  /** Opens a session. The ids that it shows online are hidden when it is closed. */
  open(): Bridge
  /** Appends a record as a worker does. */
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
