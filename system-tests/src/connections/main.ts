import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { RookeryClient } from '@rookery/client'
import type { Cluster, ServiceProcess } from '@rookery/cluster'
import { startVictim } from '../faults/run/start.ts'
import { openConnections } from './open-connections.ts'

const { values } = parseArgs({ options: { restarts: { type: 'string', default: '10' } } })
const variables = {
  KAFKA_BROKERS: 'Kafka',
  ZOOKEEPER_CONNECT: 'ZooKeeper',
  CASSANDRA_CONTACT_POINTS: 'Cassandra',
  REDIS_URL: 'Redis',
  MYSQL_URL: 'MySQL',
}
const readyMs = 60_000
/** After this time, connections of ended processes are closed, and those in use are open. */
const settleMs = 5_000
/** Connections that a pool may add, because several requests may come together. */
const moreThanBefore = 4

const cluster = await startVictim(false)
let failed = 0
try {
  failed = await compare(cluster)
} finally {
  await cluster.stop()
}
process.stdout.write(`${Object.keys(variables).length - failed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)

/**
 * @returns the number of engines with more connections after the rolling restarts than before
 */
async function compare(running: Cluster): Promise<number> {
  const client = new RookeryClient({ url: running.url, deviceId: 'connections' })
  await client.register(`c${Date.now().toString(36)}`, 'rolling restarts, ten')
  await client.connect()
  const channelId = await client.createChannel({ name: 'connections', kind: 'group' })
  // Right after the start of the cluster the number of connections is not the usual one.
  await roll(running)
  await client.send(channelId, 'before')
  const before = await settled(running)
  const restarts = Number(values.restarts)
  for (let i = 0; i < restarts; i += 1) {
    await roll(running)
    await client.send(channelId, `after ${i + 1}`)
    const now = [...counted(running)].map(([name, count]) => `${name} ${count}`)
    process.stdout.write(`       rolling restart ${i + 1}: ${now.join(', ')}\n`)
  }
  const after = await settled(running)
  client.close()
  let leaking = 0
  for (const [name, count] of after) {
    const usual = before.get(name) ?? 0
    const leaks = count > usual + moreThanBefore
    if (leaks) leaking += 1
    const verdict = leaks ? 'FAILED' : 'ok    '
    process.stdout.write(
      `${verdict} ${name}: ${usual} connections before, ${count} after ${restarts} rolling restarts\n`,
    )
  }
  return leaking
}

/** Restarts every service once, one of each kind at a time. */
async function roll(running: Cluster): Promise<void> {
  const kinds = (['api', 'chat-server', 'dispatcher', 'presence'] as const).map((kind) =>
    running.of(kind),
  )
  const most = Math.max(...kinds.map((services) => services.length))
  for (let i = 0; i < most; i += 1)
    await Promise.all(kinds.flatMap((services) => services.slice(i, i + 1)).map(restart))
}

async function restart(service: ServiceProcess): Promise<void> {
  await service.stop()
  service.start()
  await service.ready(readyMs)
}

async function settled(running: Cluster): Promise<Map<string, number>> {
  await delay(settleMs)
  return counted(running)
}

function counted({ env }: Cluster): Map<string, number> {
  const ports = Object.keys(variables).map((name) => portIn(env[name] ?? ''))
  const counts = openConnections(ports)
  return new Map(Object.values(variables).map((name, i) => [name, counts.get(ports[i] ?? 0) ?? 0]))
}

function portIn(address: string): number {
  return Number(/:(\d+)(?:\/|$)/.exec(address)?.[1])
}
