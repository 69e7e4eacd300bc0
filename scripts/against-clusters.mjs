// The socket and REST tests once more, against two of each service as processes on the real engines: the same bare sockets, members
// spread over both chat servers.
import { join } from 'node:path'

const many = '100000'
const common = {
  JWT_SECRET: 'a-secret-for-tests-of-at-least-256-bits',
  PASSWORD_HASH_MEMORY_KIB: '19456',
  PASSWORD_HASH_PASSES: '2',
  RATE_LIMIT_REGISTER: '100000/1m',
  RATE_LIMIT_LOGIN_ADDRESS: '100000/1m',
  RATE_LIMIT_MESSAGES: '1000/1s',
  RATE_LIMIT_REQUESTS: '1000/1s',
  LOG_LEVEL: 'error',
}
const runs = [
  {
    title: 'strict limits',
    settings: { ACCESS_TOKEN_TTL: '60s', HEARTBEAT_INTERVAL: '2s' },
    files: '(messages|channels|connections|reads-and-presence)\\.test',
  },
  {
    title: 'lenient limits',
    settings: {
      RATE_LIMIT_SOCKET_REQUESTS_PER_SECOND: many,
      RATE_LIMIT_SOCKET_REQUEST_BURST: many,
      RATE_LIMIT_MESSAGES_PER_SECOND: many,
      RATE_LIMIT_MESSAGE_BURST: many,
      RATE_LIMIT_REFUSALS: '1000000',
      RATE_LIMIT_MESSAGES: '100000/1s',
      RATE_LIMIT_REQUESTS: '100000/1s',
      RATE_LIMIT_LOGIN: '100000/1s',
      RATE_LIMIT_LOGIN_ACCOUNT: '100000/1s',
      RATE_LIMIT_REFRESH: '100000/1s',
    },
    files: '(bad-input|channel-model)\\.test',
  },
]

/** @param {import('./tally.mjs').Tally} tally */
export async function testAgainstClusters(tally) {
  let engines = null
  const onLine = (name, line) => process.stdout.write(`${name.padEnd(14)} ${line}\n`)
  try {
    const { startEngines, engineNames } = await import('../libs/engines/dist/index.js')
    const { startCluster } = await import('../cluster/dist/index.js')
    process.stdout.write('── real engines\n')
    engines = await startEngines({
      which: engineNames,
      folder: join(tally.folder, 'engines'),
      onProgress: (line) => onLine('engines', line),
    })
    for (const { title, settings, files } of runs) {
      const cluster = await startCluster({
        folder: tally.folder,
        apis: 1,
        chatServers: 2,
        dispatchers: 2,
        presence: 2,
        apiPort: 0,
        chatPort: 0,
        env: { PATH: process.env.PATH, ...engines.variables, ...common, ...settings },
        onLine,
      })
      process.env.ROOKERY_WORLD_URL = cluster.url
      const args = ['--selectProjects', 'system-tests', '--testPathPatterns', files]
      await tally.jest(`tests against a cluster of processes, ${title}`, args)
      await cluster.stop()
    }
  } catch (error) {
    tally.fail(error)
  } finally {
    delete process.env.ROOKERY_WORLD_URL
    await engines?.stop()
  }
}
