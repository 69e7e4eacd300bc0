import { runEngineService } from '@rookery/adapters'
import { presenceVariables, toPresenceConfig } from './config.ts'
import { createPresence } from './presence.ts'

runEngineService('presence', { ...presenceVariables }, process.env, {
  ops: true,
  open: async ({ adapters, settings, logger, metrics }) => {
    const directory = await adapters.directory()
    const coordination = await adapters.coordination()
    return () =>
      createPresence({
        ...directory,
        ...toPresenceConfig(settings),
        coordination,
        logger,
        metrics,
      })
  },
})
