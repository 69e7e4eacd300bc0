import { describeBridge } from '../testing/index.ts'
import { createBridgeWorld } from './index.ts'

describeBridge('one process', async () => {
  const world = createBridgeWorld()
  return {
    open: async () => world.open(),
    write: async (inbox, sender, text) => world.write(inbox, sender, text),
    dispose: async () => undefined,
  }
})
