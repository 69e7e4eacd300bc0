import { runEngineService } from '@rookery/adapters'
import { createDispatcher } from './dispatcher.ts'

runEngineService('dispatcher', {}, process.env, {
  ops: true,
  open: async ({ adapters, logger, metrics }) => {
    const log = await adapters.log()
    const store = await adapters.store(log)
    const directory = await adapters.directory()
    return async () => {
      const dispatcher = await createDispatcher({ log, store, ...directory, logger, metrics })
      for (const [name, check] of dispatcher.readiness) adapters.readiness.set(name, check)
      return dispatcher
    }
  },
})
