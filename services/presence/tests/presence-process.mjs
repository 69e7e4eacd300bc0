// A presence process on real engines. Its argument is JSON with their addresses. Its log on
// standard output says when it leads.
import { openMysqlAccounts } from '@rookery/accounts/mysql'
import { openZooKeeperKafkaBridge } from '@rookery/bridge/zookeeper-kafka'
import { openZooKeeperCoordination } from '@rookery/coordination/zookeeper'
import {
  openRedisPresenceBoard,
  openRedisPushBus,
  openRedisRouting,
} from '@rookery/directory/redis'
import { openKafkaLog } from '@rookery/log/kafka'
import { openCassandraStore } from '@rookery/message-store/cassandra'
import { createPresence } from '@rookery/presence'
import { createLogger, Metrics } from '@rookery/service-kit'

const world = JSON.parse(process.argv[2] ?? '{}')
const { log: logOptions, store: storeOptions, redis, mysql, zookeeper, root, sessionMs } = world
const { brokers } = logOptions
const log = await openKafkaLog({ ...logOptions, clientId: `presence-${process.pid}` })
const store = await openCassandraStore({ ...storeOptions, logEpoch: log.epoch })
const routing = await openRedisRouting(redis)
await createPresence({
  board: await openRedisPresenceBoard(redis),
  bus: await openRedisPushBus(redis),
  coordination: await openZooKeeperCoordination({
    connect: zookeeper,
    root: `${root}/_rookery`,
    sessionTimeoutMs: sessionMs,
  }),
  logger: createLogger('presence', { level: 'info', destination: process.stdout }),
  metrics: new Metrics('presence'),
  tickMs: 20,
  graceMs: 200,
  bridge: {
    bridge: await openZooKeeperKafkaBridge({ connect: zookeeper, root, brokers, sessionMs }),
    accounts: await openMysqlAccounts({ url: mysql }),
    store,
    log,
    routing,
  },
})
process.on('disconnect', () => process.exit(0))
