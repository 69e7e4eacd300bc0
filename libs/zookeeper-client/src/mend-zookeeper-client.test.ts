import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import zookeeper, { type Client } from 'node-zookeeper-client'
import { mendZooKeeperClient } from './mend-zookeeper-client.ts'

/** The first answer of a server: a session of 2 s. Its id does not look like an error code. */
const greeting = Buffer.concat([
  Buffer.from([0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 7, 208]),
  Buffer.alloc(8, 0xab),
  Buffer.from([0, 0, 0, 16]),
  Buffer.alloc(16, 0xcd),
])

describe('a corrected node-zookeeper-client', () => {
  let server: Server
  let client: Client
  const sockets: Socket[] = []

  beforeEach(async () => {
    mendZooKeeperClient()
    server = createServer((socket) => {
      socket.on('error', () => undefined)
      sockets.push(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    client = zookeeper.createClient(`127.0.0.1:${port}`, { sessionTimeout: 2_000, spinDelay: 1 })
  })
  afterEach(() => {
    client.close()
    for (const socket of sockets.splice(0)) socket.destroy()
    server.close()
  })

  it('requests no ZooKeeper session after it was closed', async () => {
    client.connect()
    client.close()
    const [socket] = (await once(server, 'connection')) as [Socket]
    let received = 0
    socket.on('data', (bytes) => (received += bytes.length))
    await once(socket, 'close')
    expect(received).toBe(0)
  })

  it('drops half an answer when its connection breaks', async () => {
    const connected: string[] = []
    client.on('connected', () => connected.push(client.getSessionId().toString('hex')))
    client.connect()
    const [first] = (await once(server, 'connection')) as [Socket]
    await once(first, 'data')
    first.write(greeting)
    await once(client, 'connected')
    first.write(Buffer.from([0, 0, 0, 36, 255, 255, 255, 255, 255, 255, 255, 255]))
    // The client reads the half before it sees the end of the connection.
    first.end()
    const [second] = (await once(server, 'connection')) as [Socket]
    await once(second, 'data')
    second.write(greeting)
    await once(client, 'connected')
    expect(connected).toEqual(['ab'.repeat(8), 'ab'.repeat(8)])
  })
})
