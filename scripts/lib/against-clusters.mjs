// The socket and REST tests once more, against two of each service as processes on the real
// engines: the same bare sockets, with members spread over both chat servers.
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'

const many = '100000'
const common = {
  RATE_LIMIT_MESSAGES: '1000/1s',
  RATE_LIMIT_REQUESTS: '1000/1s',
}
const runs = [
  {
    title: 'strict limits',
    // The log lines of all these tests are searched for secrets.
    settings: { ACCESS_TOKEN_TTL: '60s', HEARTBEAT_INTERVAL: '2s', LOG_LEVEL: 'trace' },
    suites: [
      'messages',
      'channels',
      'connections',
      'reads-and-presence',
      'security-auth',
      'security-edge',
      'security-logs',
      'security-sessions',
    ],
  },
  {
    title: 'lenient limits',
    settings: {
      LOG_LEVEL: 'error',
      RATE_LIMIT_SOCKET_REQUESTS_PER_SECOND: many,
      RATE_LIMIT_SOCKET_REQUEST_BURST: many,
      RATE_LIMIT_MESSAGES_PER_SECOND: many,
      RATE_LIMIT_MESSAGE_BURST: many,
      RATE_LIMIT_REFUSALS: '1000000',
      RATE_LIMIT_HANDSHAKES: '1000000/1s',
      RATE_LIMIT_MESSAGES: '100000/1s',
      RATE_LIMIT_REQUESTS: '100000/1s',
      RATE_LIMIT_LOGIN: '100000/1s',
      RATE_LIMIT_LOGIN_ACCOUNT: '100000/1s',
      RATE_LIMIT_REFRESH: '100000/1s',
    },
    suites: [
      'bad-input',
      'channel-model',
      'departures',
      'names',
      'reactions',
      'security-fuzz',
      'security-fuzz-frames',
      'security-permissions',
      'security-raw-http',
      'security-raw-socket',
    ],
    // Tokens and the parser were fuzzed in the run before. Here the processes are.
    env: { FUZZ_CASES: '1500' },
  },
]

/**
 * @param {import('./tally.mjs').Tally} tally
 * @param {readonly string[]} only names, or parts of names, of suites; none: all
 */
export async function testAgainstClusters(tally, only = []) {
  let engines = null
  try {
    const { startEngines, engineNames } = await import('../../tools/engines/dist/index.js')
    const { startCluster } = await import('../../tools/cluster/dist/index.js')
    const { worldSettings } = await import('../../system-tests/dist/world.js')
    process.stdout.write('── real engines\n')
    const folder = join(tally.folder, 'engines')
    engines = await startEngines({
      which: engineNames,
      folder,
      onProgress: (line) => process.stdout.write(`engines        ${line}\n`),
    })
    for (const [run, { title, settings, suites, env = {} }] of runs.entries()) {
      const chosen = suites.filter(
        (suite) => only.length === 0 || only.some((part) => suite.includes(part)),
      )
      if (chosen.length === 0) continue
      const logFile = join(tally.folder, `cluster-${run}.log`)
      const log = createWriteStream(logFile)
      const onLine = (name, line) => {
        const isLog = line.startsWith('{')
        if (isLog) log.write(`${line}\n`)
        if (!isLog || /"level":"(error|fatal)"/.test(line))
          process.stdout.write(`${name.padEnd(14)} ${line}\n`)
      }
      const cluster = await startCluster({
        folder: tally.folder,
        apis: 2,
        chatServers: 2,
        dispatchers: 2,
        presence: 2,
        apiPort: 0,
        chatPort: 0,
        env: {
          PATH: process.env.PATH,
          ...engines.variables,
          ...worldSettings,
          ...common,
          ...settings,
        },
        onLine,
      })
      const addresses = (kind, scheme) =>
        cluster.of(kind).map(({ port }) => `${scheme}://127.0.0.1:${port}`)
      const given = { apis: addresses('api', 'http'), sockets: addresses('chat-server', 'ws') }
      process.env.ROOKERY_WORLD = JSON.stringify({ ...given, logFile, folder })
      Object.assign(process.env, env)
      const args = [
        '--selectProjects',
        'system-tests',
        '--testPathPatterns',
        `/(${chosen.join('|')})\\.test`,
      ]
      await tally.jest(`tests against a cluster of processes, ${title}`, args)
      await cluster.stop()
      log.end()
    }
  } catch (error) {
    tally.fail(error)
  } finally {
    delete process.env.ROOKERY_WORLD
    await engines?.stop()
  }
}
