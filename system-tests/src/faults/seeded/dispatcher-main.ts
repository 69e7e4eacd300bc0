import { runEngineService } from '@rookery/adapters'
import { createDispatcher } from '@rookery/dispatcher'
import { crashPoints, withCrash } from './crash.ts'
import type { Parts } from './parts.ts'
import { shortcuts } from './shortcuts.ts'

// A dispatcher composed as in `services/dispatcher`, with the shortcut that SEEDED_BUG names. It
// dies at the point that SEEDED_CRASH names.
const around = {
  file: process.env['SEEDED_FILE'] ?? '',
  redisUrl: process.env['REDIS_URL'] ?? '',
}
const shortcut = shortcuts[process.env['SEEDED_BUG'] ?? ''] ?? ((parts: Parts): Parts => parts)
const crash = crashPoints.find((point) => point === process.env['SEEDED_CRASH'])

runEngineService('dispatcher', {}, process.env, {
  ops: true,
  open: async ({ adapters, logger, metrics }) => {
    const log = await adapters.log()
    const store = await adapters.store(log)
    const { routing, bus } = await adapters.directory()
    const honest: Parts = { log, store, routing, bus }
    // A crash before the write lets the shortcut act first. A crash after it happens first.
    const parts =
      crash === 'before-write'
        ? shortcut(withCrash(honest, crash), around)
        : crash === undefined
          ? shortcut(honest, around)
          : withCrash(shortcut(honest, around), crash)
    return async () => {
      const dispatcher = await createDispatcher({ ...parts, logger, metrics })
      for (const [name, check] of dispatcher.readiness) adapters.readiness.set(name, check)
      return dispatcher
    }
  },
})
