import { createCoordinationWorld } from '@rookery/coordination'
import { openRedisPresenceBoard, openRedisPushBus } from '@rookery/directory/redis'
import { createPresence } from '@rookery/presence'
import { createLogger, Metrics } from '@rookery/service-kit'

// A presence process on a real Redis, without competitors. Its parent asks for its used CPU in
// seconds.
const url = process.argv[2] ?? ''
const logger = createLogger('presence', { level: 'error', destination: process.stderr })
await createPresence({
  board: await openRedisPresenceBoard({ url }),
  bus: await openRedisPushBus({ url }),
  coordination: createCoordinationWorld().open('presence'),
  logger,
  metrics: new Metrics('presence'),
})
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.((user + system) / 1e6)
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
