import { parseArgs } from 'node:util'
import { createLogger, logWriter, runService } from '@rookery/service-kit'
import { startCluster, type Cluster } from './cluster.ts'

const usage = `npm run cluster -- [--apis N] [--chat-servers N] [--dispatchers N] [--presence N] [--folder PATH]

Runs the services as separate processes on real Kafka, ZooKeeper, Cassandra, Redis and MariaDB. Engines that KAFKA_BROKERS,
ZOOKEEPER_CONNECT, CASSANDRA_CONTACT_POINTS, REDIS_URL or MYSQL_URL name are used; the others are started here, on free ports, with
their data in the folder (data/cluster). Ctrl-C stops all that it started. Each service's settings: node services/NAME/dist/main.js --help
`
/** The kinds of services drain one after another, and the engines stop last. */
const drainMs = 90_000
const { values } = parseArgs({
  options: {
    apis: { type: 'string', default: '1' },
    'chat-servers': { type: 'string', default: '2' },
    dispatchers: { type: 'string', default: '2' },
    presence: { type: 'string', default: '2' },
    folder: { type: 'string', default: 'data/cluster' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else {
  // The settings and data of engines and services are for their owner only.
  process.umask(0o077)
  const out = logWriter(process.stdout)
  runService(
    'cluster',
    async () => {
      const { API_PORT, CHAT_PORT, ...env } = process.env
      const cluster = await startCluster({
        folder: values.folder,
        apis: count(values.apis),
        chatServers: count(values['chat-servers']),
        dispatchers: count(values.dispatchers),
        presence: count(values.presence),
        apiPort: count(API_PORT ?? '3000'),
        chatPort: count(CHAT_PORT ?? '3001'),
        env,
        onLine: (name, line) => out.write(`${name.padEnd(14)} ${line}\n`),
      })
      process.stdout.write(`${table(cluster)}\nRookery is ready at ${cluster.url}\n`)
      return { close: () => cluster.stop() }
    },
    createLogger('cluster'),
    drainMs,
  )
}

function table({ services, env }: Cluster): string {
  const rows = services.map(({ name, port, pid }) => [
    name,
    `127.0.0.1:${port}`,
    `pid ${pid ?? '-'}`,
  ])
  const engines = Object.entries(env)
    .filter(([name]) =>
      /^(KAFKA_BROKERS|ZOOKEEPER_CONNECT|CASSANDRA_CONTACT_POINTS|REDIS_URL|MYSQL_URL)$/.test(name),
    )
    .map(([name, value]) => [name, value.replace(/:[^:@/]*@/, ':…@'), ''])
  return [...rows, ...engines].map((row) => row.map((cell) => cell.padEnd(26)).join(' ')).join('\n')
}

function count(text: string): number {
  if (!/^\d{1,5}$/.test(text))
    throw Object.assign(new Error(`${text} is no number`), { code: 'mismatch' })
  return Number(text)
}
