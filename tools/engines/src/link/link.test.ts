import { afterEach, describe, expect, it } from '@jest/globals'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { KafkaLink } from './kafka-link.ts'
import { Link } from './link.ts'

const servers: Server[] = []
const links: Link[] = []
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const link of links.splice(0)) link.close()
  for (const server of servers.splice(0)) server.close()
})

/** Answers each chunk with the result of `answer`. */
async function serve(answer: (bytes: Buffer, port: number) => Buffer): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) =>
      socket.write(answer(bytes, (server.address() as AddressInfo).port)),
    )
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function through(link: Link): Promise<Socket> {
  if (!links.includes(link)) {
    links.push(link)
    await link.open()
  }
  const socket = connect(link.port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

async function exchange(socket: Socket, bytes: Buffer | string): Promise<Buffer> {
  socket.write(bytes)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  return answer
}

describe('Link', () => {
  it('carries bytes both ways', async () => {
    const socket = await through(new Link(await serve((bytes) => bytes)))
    expect((await exchange(socket, 'hello')).toString()).toBe('hello')
  })

  it('swallows one direction only, even of new connections', async () => {
    const heard: string[] = []
    const echo = await serve((bytes) => {
      heard.push(bytes.toString())
      return bytes
    })
    const link = new Link(echo)
    const before = await through(link)
    link.silence('from')
    const received: string[] = []
    for (const socket of [before, await through(link)]) {
      socket.on('data', (bytes) => received.push(String(bytes)))
      socket.write('one way')
    }
    while (heard.length < 2) await new Promise(setImmediate)
    expect(received).toEqual([])
    link.restore()
    await once(before, 'close')
    expect((await exchange(await through(link), 'again')).toString()).toBe('again')
  })

  it('leaves stranded connections open and dead, and new ones alive', async () => {
    const link = new Link(await serve((bytes) => bytes))
    const stranded = await through(link)
    await exchange(stranded, 'alive')
    link.strand()
    stranded.write('dead')
    stranded.on('data', () => expect('it').toBe('dead'))
    expect((await exchange(await through(link), 'alive')).toString()).toBe('alive')
  })

  it('cuts existing connections at once', async () => {
    const link = new Link(await serve((bytes) => bytes))
    const socket = await through(link)
    await exchange(socket, 'alive')
    link.cut()
    await once(socket, 'close')
    expect(socket.destroyed).toBe(true)
  })
})

describe('KafkaLink', () => {
  const request = (apiKey: number, id: number): Buffer => {
    const bytes = Buffer.alloc(12)
    bytes.writeInt32BE(8, 0)
    bytes.writeInt16BE(apiKey, 4)
    bytes.writeInt32BE(id, 8)
    return bytes
  }
  /** As a broker would, with its address in the answer. */
  const answer = (bytes: Buffer, port: number): Buffer => {
    const body = Buffer.alloc(4 + 9 + 4)
    body.writeInt32BE(bytes.readInt32BE(8), 0)
    body.write('127.0.0.1', 4)
    body.writeInt32BE(port, 13)
    const size = Buffer.alloc(4)
    size.writeInt32BE(body.length, 0)
    return Buffer.concat([size, body])
  }

  it.each([3, 10])('puts its own address into the answers to requests of key %d', async (key) => {
    const link = new KafkaLink(await serve(answer))
    const told = await exchange(await through(link), request(key, 7))
    expect([told.readInt32BE(4), told.readInt32BE(17)]).toEqual([7, link.port])
  })

  it('leaves other answers unchanged', async () => {
    const target = await serve(answer)
    const told = await exchange(await through(new KafkaLink(target)), request(1, 7))
    expect(told.readInt32BE(17)).toBe(Number(target.split(':')[1]))
  })

  it('swallows the given number of produce answers, and nothing else', async () => {
    const link = new KafkaLink(await serve((bytes, port) => answer(bytes, port)))
    const socket = await through(link)
    link.swallowProduced(1)
    socket.write(request(0, 1))
    while (link.swallowed < 1) await new Promise(setImmediate)
    expect((await exchange(socket, request(1, 2))).readInt32BE(4)).toBe(2)
    expect((await exchange(socket, request(0, 3))).readInt32BE(4)).toBe(3)
  })

  it('reads frames that come in pieces', async () => {
    const link = new KafkaLink(await serve(answer))
    const socket = await through(link)
    const bytes = request(3, 9)
    socket.write(bytes.subarray(0, 3))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect((await exchange(socket, bytes.subarray(3))).readInt32BE(4)).toBe(9)
  })
})
