import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runAttack } from './attack.ts'
import { peersOf, runCompare } from './compare/compare.ts'
import { runIdle } from './idle.ts'
import { runLoad } from './load.ts'
import { runNames } from './names.ts'
import { runPresence } from './presence.ts'

const usage = `npm run bench -- [load|idle|attack|names|presence|compare] [options]
  --server URL      a running api; without it a platform is started on embedded storage, for the run
  --metrics URLS    the processes whose CPU and memory count, separated by commas (default: the server)
  load: --rooms N --members N --rate N --seconds N --rounds N
  idle: --connections N
  attack: --attackers N --rate N --seconds N
  names: --tries N, whether the time of a refused log-in tells who there is
  compare: --peers NAMES --users N --rate N --seconds N --storm N --rounds N; npm start beside Socket.IO
    with Redis and a plain ws server, with ratios (Linux; installs the peers' packages once)
  presence: --users N --watched N --servers N; starts a Redis of its own, and presence alone
A running platform needs high limits: RATE_LIMIT_REGISTER, RATE_LIMIT_MESSAGES_PER_SECOND, RATE_LIMIT_MESSAGE_BURST.
`
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: 'string' },
    metrics: { type: 'string' },
    rooms: { type: 'string', default: '1' },
    members: { type: 'string', default: '2' },
    rate: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '1' },
    connections: { type: 'string', default: '1000' },
    attackers: { type: 'string', default: '1000' },
    tries: { type: 'string', default: '300' },
    users: { type: 'string' },
    peers: { type: 'string', default: 'rookery,socketio-redis,ws' },
    storm: { type: 'string', default: '5000' },
    watched: { type: 'string', default: '20' },
    servers: { type: 'string', default: '4' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else await main()

async function main(): Promise<void> {
  if (positionals[0] === 'presence') {
    const [watched = 0, servers = 1] = [values.watched, values.servers].map(Number)
    await runPresence({ users: Number(values.users ?? 10_000), watched, servers })
    return
  }
  if (positionals[0] === 'compare') {
    const lines = await runCompare({
      peers: peersOf(values.peers),
      users: Number(values.users ?? 1_000),
      rate: Number(values.rate ?? 600),
      seconds: Number(values.seconds),
      storm: Number(values.storm),
      rounds: Number(values.rounds),
    })
    process.stdout.write(`${lines.join('\n')}\n`)
    return
  }
  const platform = values.server === undefined ? await startPlatform() : null
  const server = values.server ?? platform?.url ?? ''
  const metrics = values.metrics?.split(',') ?? [server]
  try {
    const lines = await measure(positionals[0] ?? 'load', server, metrics)
    const machine = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? ''}`
    process.stdout.write(`${[machine, ...lines].join('\n')}\n`)
    keep(positionals[0] ?? 'load', { machine, lines })
  } finally {
    await platform?.stop()
  }
}

/** Appends the raw result of a run to `benchmarks/results/<what>.jsonl`. */
function keep(what: string, result: { machine: string; lines: readonly string[] }): void {
  const file = fileURLToPath(new URL(`../results/${what}.jsonl`, import.meta.url))
  const line = { at: new Date().toISOString(), arguments: process.argv.slice(2), ...result }
  appendFileSync(file, `${JSON.stringify(line)}\n`)
}

async function measure(what: string, server: string, metrics: string[]): Promise<string[]> {
  const [rate, seconds] = [Number(values.rate ?? 50), Number(values.seconds)]
  switch (what) {
    case 'idle':
      return runIdle(server, metrics, Number(values.connections))
    case 'names':
      return runNames(server, Number(values.tries))
    case 'attack':
      return runAttack({ server, metrics, attackers: Number(values.attackers), rate, seconds })
    default: {
      const [rooms, members] = [Number(values.rooms), Number(values.members)]
      const rounds = Number(values.rounds)
      return runLoad({ server, metrics, rooms, members, rate, seconds, rounds })
    }
  }
}

async function startPlatform(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-bench-'))
  const main = join(
    dirname(fileURLToPath(import.meta.url)),
    '../../services/standalone/dist/main.js',
  )
  const child: ChildProcess = spawn(process.execPath, [main], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'] ?? '',
      API_PORT: '0',
      CHAT_PORT: '0',
      DATA_DIR: join(folder, 'data'),
      PASSWORD_HASH_MEMORY_KIB: '19456',
      PASSWORD_HASH_PASSES: '2',
      RATE_LIMIT_REGISTER: '1000000/1m',
      RATE_LIMIT_LOGIN: '1000000/1m',
      RATE_LIMIT_LOGIN_ACCOUNT: '1000000/1m',
      RATE_LIMIT_LOGIN_ADDRESS: '1000000/1m',
      RATE_LIMIT_MESSAGES_PER_SECOND: '100000',
      RATE_LIMIT_MESSAGE_BURST: '100000',
    },
  })
  if (child.stdout === null) throw new Error('the platform has no output')
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    url: line.toString().trim().split(' ').at(-1) ?? '',
    stop: async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
