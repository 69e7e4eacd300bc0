import { runEngineService } from '@rookery/adapters'
import { bridgeVariables } from '@rookery/bridge'
import { presenceVariables, toPresenceConfig } from './config.ts'
import { createPresence } from './presence.ts'

runEngineService('presence', { ...presenceVariables, ...bridgeVariables }, process.env, {
  ops: true,
  open: async ({ adapters, settings, logger, metrics }) => {
    const directory = await adapters.directory()
    const coordination = await adapters.coordination()
    const bridge = await adapters.bridge(settings)
    const shared = { ...directory, ...toPresenceConfig(settings), coordination, logger, metrics }
    if (bridge === null) return () => createPresence(shared)
    const log = await adapters.log()
    const store = await adapters.store(log)
    const accounts = await adapters.accounts()
    const { routing } = directory
    return () => createPresence({ ...shared, bridge: { bridge, accounts, store, log, routing } })
  },
})
