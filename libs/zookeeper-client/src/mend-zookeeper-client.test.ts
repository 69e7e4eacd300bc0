import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import zookeeper, { type Client } from 'node-zookeeper-client'
import { mendZooKeeperClient } from './mend-zookeeper-client.ts'

/** What a server says first: a session of 2 s, with an id that reads as no error code. */
const greeting = Buffer.concat([
  Buffer.from([0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 7, 208]),
  Buffer.alloc(8, 0xab),
  Buffer.from([0, 0, 0, 16]),
  Buffer.alloc(16, 0xcd),
])

describe('the mended client', () => {
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

  it('does not say hello once it is closed', async () => {
    client.connect()
    client.close()
    const [socket] = (await once(server, 'connection')) as [Socket]
    let heard = 0
    socket.on('data', (bytes) => (heard += bytes.length))
    await once(socket, 'close')
    expect(heard).toBe(0)
  })

  it('forgets half an answer with the connection that it came on', async () => {
    const connected: string[] = []
    client.on('connected', () => connected.push(client.getSessionId().toString('hex')))
    client.connect()
    const [first] = (await once(server, 'connection')) as [Socket]
    await once(first, 'data')
    first.write(greeting)
    await once(client, 'connected')
    first.write(Buffer.from([0, 0, 0, 36, 255, 255, 255, 255, 255, 255, 255, 255]))
    // Read before the end of the connection, which comes after it.
    first.end()
    const [second] = (await once(server, 'connection')) as [Socket]
    await once(second, 'data')
    second.write(greeting)
    await once(client, 'connected')
    expect(connected).toEqual(['ab'.repeat(8), 'ab'.repeat(8)])
  })
})
