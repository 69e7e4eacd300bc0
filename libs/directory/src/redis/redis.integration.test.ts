import { sharedEngines } from '@rookery/engines'
import { randomUUID } from 'node:crypto'
import { setTimeout as pass } from 'node:timers/promises'
import {
  describePresenceBoard,
  describePushBus,
  describeRouting,
  describeThrottle,
} from '../testing/index.ts'
import { RedisConnection } from './connection.ts'
import {
  openRedisPresenceBoard,
  openRedisPushBus,
  openRedisRouting,
  openRedisThrottle,
} from './index.ts'

const { REDIS_URL: url } = await sharedEngines(['redis'])
const fresh = (): { url: string; keyPrefix: string } => ({ url, keyPrefix: `{${randomUUID()}}:` })
// Redis' clock cannot be moved. So leases are short here, and the tests wait.
const leaseMs = 800
const freshnessMs = 800

describeRouting('Redis', async () => {
  const options = fresh()
  const port = await openRedisRouting({ ...options, leaseMs, freshnessMs })
  const empty = async (): Promise<void> => {
    const connection = await RedisConnection.open(options)
    const keys = await connection.client.keys(`${options.keyPrefix}*`)
    if (keys.length > 0) await connection.client.del(keys)
    connection.close()
  }
  return { port, pass, leaseMs, freshnessMs, empty, dispose: () => port.close() }
})

describeThrottle('Redis', async () => {
  const port = await openRedisThrottle(fresh())
  return { port, pass, dispose: () => port.close() }
})

describePresenceBoard('Redis', async () => {
  const port = await openRedisPresenceBoard({ ...fresh(), leaseMs })
  return { port, pass, leaseMs, dispose: () => port.close() }
})

describePushBus('Redis', async () => {
  const options = fresh()
  const [port, peer] = [await openRedisPushBus(options), await openRedisPushBus(options)]
  return { port, peer, dispose: async () => void (await Promise.all([port.close(), peer.close()])) }
})
