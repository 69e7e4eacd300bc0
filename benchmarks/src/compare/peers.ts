import { freePorts, startEngines } from '@rookery/engines'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import jwt from 'jsonwebtoken'
import { PlainClient, RookeryPeerClient, SocketIoClient } from './clients.ts'
import type { Peer, PeerName } from './peer.ts'
import { pin, startServer, stopServer } from './processes.ts'

/**
 * The packages of the peers, with pinned versions. They are installed once, outside the project.
 */
const peerPackages = { 'socket.io': '4.8.4', '@socket.io/redis-adapter': '8.3.0', ioredis: '6.0.0' }
const packagesFolder = join(homedir(), '.cache', 'rookery-bench')
const secret = randomBytes(32).toString('hex')
const serverCore = 0
const registeredAtOnce = 16
/** A storm has more sockets than users. */
const maxSocketsPerUser = 50

/** Starts a peer with this many users. @throws Error: a package could not be installed */
export function startPeer(name: PeerName, users: number): Promise<Peer> {
  const start = { rookery: startRookery, 'socketio-redis': startSocketIo, ws: startPlain }
  return start[name](users)
}

async function startPlain(): Promise<Peer> {
  const [port = 0] = await freePorts(1)
  const env = { PORT: String(port), PEER_SECRET: secret }
  const { child, pid } = await startServer(scriptOf('ws-server'), env, tmpdir())
  pin(pid, serverCore)
  return {
    name: 'ws',
    pids: [pid],
    open: (client) => PlainClient.open(port, tokenOf(client)),
    stop: () => stopServer(child),
  }
}

async function startSocketIo(): Promise<Peer> {
  installPeerPackages()
  const redis = await startEngines({ which: ['redis'] })
  const redisPid = Number(readFileSync(join(redis.folderOf('redis'), 'pid'), 'utf8'))
  const ports = await freePorts(2)
  const nodes = await Promise.all(
    ports.map((port) =>
      startServer(
        scriptOf('socketio-server'),
        {
          PORT: String(port),
          PEER_SECRET: secret,
          PEER_PACKAGES: packagesFolder,
          REDIS_URL: redis.variables.REDIS_URL,
        },
        tmpdir(),
      ),
    ),
  )
  const pids = [...nodes.map(({ pid }) => pid), redisPid]
  for (const pid of pids) pin(pid, serverCore)
  return {
    name: 'socketio-redis',
    pids,
    open: (client) => SocketIoClient.open(ports[client % ports.length] ?? 0, tokenOf(client)),
    stop: async () => {
      await Promise.all(nodes.map(({ child }) => stopServer(child)))
      await redis.stop()
    },
  }
}

async function startRookery(count: number): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-compare-'))
  const main = fileURLToPath(new URL('../../../services/standalone/dist/main.js', import.meta.url))
  const env = {
    API_PORT: '0',
    CHAT_PORT: '0',
    DATA_DIR: join(folder, 'data'),
    PASSWORD_HASH_MEMORY_KIB: '19456',
    PASSWORD_HASH_PASSES: '2',
    RATE_LIMIT_REGISTER: '1000000/1m',
    RATE_LIMIT_HANDSHAKES: '1000000/1m',
    RATE_LIMIT_MESSAGES_PER_SECOND: '100000',
    RATE_LIMIT_MESSAGE_BURST: '100000',
    RATE_LIMIT_SOCKET_REQUESTS_PER_SECOND: '100000',
    RATE_LIMIT_SOCKET_REQUEST_BURST: '100000',
    MAX_UNAUTHENTICATED_SOCKETS: '100000',
    MAX_SOCKETS: String(maxSocketsPerUser),
    MAX_DEVICES: String(maxSocketsPerUser),
    HEARTBEAT_INTERVAL: '60s',
  }
  const { child, pid, line } = await startServer(main, env, folder)
  const url = line.split(' ').at(-1) ?? ''
  const users = await register(url, count)
  pin(pid, serverCore)
  return {
    name: 'rookery',
    pids: [pid],
    open: (client) => {
      const user = users[client % users.length]
      if (user === undefined) throw new RangeError(`client ${client} has no user`)
      return RookeryPeerClient.open(user.socketUrl, user.token, `device-${client}`)
    },
    stop: async () => {
      await stopServer(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface User {
  token: string
  socketUrl: string
}

async function register(url: string, count: number): Promise<User[]> {
  const users: User[] = []
  for (let i = 0; i < count; i += registeredAtOnce) {
    const some = Array.from({ length: Math.min(registeredAtOnce, count - i) }, async (_, k) => {
      const response = await fetch(`${url}/auth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: `user${i + k}`, password: 'a benchmark password' }),
      })
      const answer = (await response.json()) as {
        sessionToken: string
        servers: { chat: { url: string } }
      }
      if (!response.ok) throw new Error(JSON.stringify(answer))
      return { token: answer.sessionToken, socketUrl: answer.servers.chat.url }
    })
    users.push(...(await Promise.all(some)))
  }
  return users
}

function tokenOf(client: number): string {
  return jwt.sign({ sub: `user${client}` }, secret, { expiresIn: '1h' })
}

function scriptOf(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url))
}

function installPeerPackages(): void {
  const manifest = JSON.stringify({ private: true, dependencies: peerPackages })
  const file = join(packagesFolder, 'package.json')
  if (existsSync(join(packagesFolder, 'node_modules')) && readFileSync(file, 'utf8') === manifest)
    return
  mkdirSync(packagesFolder, { recursive: true })
  writeFileSync(file, manifest)
  process.stdout.write('installing the packages of the peers (once) …\n')
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: packagesFolder,
    stdio: 'ignore',
  })
  if (status !== 0) throw new Error(`the packages of the peers cannot be installed: ${manifest}`)
}
