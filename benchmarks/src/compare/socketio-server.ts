// One node of Socket.IO with its Redis adapter, as its documentation sets it up. Its packages are
// not the project's: `PEER_PACKAGES` names the folder that they were installed into.
import { listenBacklog } from '@rookery/service-kit'
import { createSecretKey } from 'node:crypto'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import jwt from 'jsonwebtoken'

interface Socket {
  rooms: Set<string>
  handshake: { auth: { token: string } }
  /** At once, unless the adapter makes it wait, which the one with Redis does not. */
  join(room: string): Promise<void>
  on(event: 'join', listener: (room: string, done: (answer: string) => void) => void): void
  on(event: 'text', listener: (text: { room: string; text: string }) => void): void
}
interface Io {
  use(check: (socket: Socket, next: (error?: Error) => void) => void): void
  on(event: 'connection', listener: (socket: Socket) => void): void
  to(room: string): { emit(event: string, value: unknown): void }
}
interface Packages {
  Server: new (server: unknown, options: object) => Io
  Redis: new (url: string) => { duplicate(): unknown }
  createAdapter: (publisher: unknown, subscriber: unknown) => unknown
}

const load = createRequire(join(process.env['PEER_PACKAGES'] ?? '', 'package.json'))
const { Server } = load('socket.io') as Packages
const { Redis } = load('ioredis') as Packages
const { createAdapter } = load('@socket.io/redis-adapter') as Packages
const key = createSecretKey(Buffer.from(process.env['PEER_SECRET'] ?? ''))
const publisher = new Redis(process.env['REDIS_URL'] ?? '')
const server = createServer()
const io = new Server(server, {
  transports: ['websocket'],
  serveClient: false,
  adapter: createAdapter(publisher, publisher.duplicate()),
})

io.use((socket, next) => {
  try {
    jwt.verify(socket.handshake.auth.token, key, { algorithms: ['HS256'] })
    next()
  } catch (error) {
    next(error as Error)
  }
})
io.on('connection', (socket) => {
  socket.on('join', (room, done) => {
    void socket.join(room)
    done('joined')
  })
  socket.on('text', ({ room, text }) => {
    if (socket.rooms.has(room)) io.to(room).emit('text', { room, text })
  })
})
server.listen(
  { port: Number(process.env['PORT']), host: '127.0.0.1', backlog: listenBacklog },
  () => process.stdout.write('ready\n'),
)
