// The plain server of the comparison: forwards each text to the sockets of its room. It stores
// nothing, numbers nothing, and loses what a broken socket would have got.
import { listenBacklog } from '@rookery/service-kit'
import { createSecretKey } from 'node:crypto'
import { createServer } from 'node:http'
import jwt from 'jsonwebtoken'
import { type WebSocket, WebSocketServer } from 'ws'

const key = createSecretKey(Buffer.from(process.env['PEER_SECRET'] ?? ''))
const rooms = new Map<string, Set<WebSocket>>()
const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: false, clientTracking: false })

sockets.on('connection', (socket, request) => {
  try {
    const token = new URL(request.url ?? '', 'http://x').searchParams.get('token') ?? ''
    jwt.verify(token, key, { algorithms: ['HS256'] })
  } catch {
    socket.terminate()
    return
  }
  const joined = new Set<string>()
  socket.on('error', () => undefined)
  socket.on('close', () => {
    for (const room of joined) rooms.get(room)?.delete(socket)
  })
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as { t: string; room: string; text: string }
    if (frame.t === 'join') {
      const members = rooms.get(frame.room) ?? new Set()
      rooms.set(frame.room, members.add(socket))
      joined.add(frame.room)
      socket.send('{"t":"joined"}')
    } else {
      const shown = Buffer.from(JSON.stringify({ t: 'text', room: frame.room, text: frame.text }))
      for (const member of rooms.get(frame.room) ?? []) member.send(shown, { binary: false })
    }
  })
  socket.send('{"t":"welcome"}')
})
server.listen(
  { port: Number(process.env['PORT']), host: '127.0.0.1', backlog: listenBacklog },
  () => process.stdout.write('ready\n'),
)
