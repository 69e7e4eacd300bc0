import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createClient, createProducer } from './client.ts'

const topic = 'log'
const apis = { produce: [0, 0, 3], metadata: [3, 0, 1], apiVersions: [18, 0, 2] } as const

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const int64 = (value: number): Buffer => Buffer.concat([int32(0), int32(value)])
const text = (value: string): Buffer => Buffer.concat([int16(value.length), Buffer.from(value)])
const array = (...items: Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items])
const noRack = int16(0xffff)

/**
 * Two brokers that answer only the requests of a producer. At first, broker 0 leads partition 0,
 * and broker 1 leads partition 1.
 */
class Brokers {
  readonly leaders: [number, number] = [0, 1]
  readonly deaf: Set<number> = new Set()
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()

  async listen(): Promise<string[]> {
    for (const id of [0, 1]) {
      const server = createServer((socket) => this.#serve(id, socket))
      this.#servers.push(server)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    }
    return this.#ports.map((port) => `127.0.0.1:${port}`)
  }

  close(): void {
    for (const server of this.#servers) server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  get #ports(): number[] {
    return this.#servers.map((server) => (server.address() as AddressInfo).port)
  }

  #serve(id: number, socket: Socket): void {
    this.#sockets.add(socket)
    let bytes = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
        const request = bytes.subarray(4, 4 + bytes.readInt32BE(0))
        bytes = bytes.subarray(4 + request.length)
        const body = this.#answer(id, request.readInt16BE(0))
        if (!this.deaf.has(id))
          socket.write(Buffer.concat([int32(body.length + 4), request.subarray(4, 8), body]))
      }
    })
  }

  #answer(id: number, api: number): Buffer {
    if (api === apis.apiVersions[0])
      return Buffer.concat([
        int16(0),
        array(...Object.values(apis).map((range) => Buffer.concat(range.map(int16)))),
        int32(0),
      ])
    if (api === apis.metadata[0]) {
      const brokers = this.#ports.map((port, node) =>
        Buffer.concat([int32(node), text('127.0.0.1'), int32(port), noRack]),
      )
      const partitions = this.leaders.map((leader, partition) =>
        Buffer.concat([int16(0), int32(partition), int32(leader), array(), array()]),
      )
      const found = Buffer.concat([int16(0), text(topic), Buffer.from([0]), array(...partitions)])
      return Buffer.concat([array(...brokers), int32(1), array(found)])
    }
    const led = this.leaders.flatMap((leader, partition) => (leader === id ? [partition] : []))
    const stored = led.map((partition) =>
      Buffer.concat([int32(partition), int16(0), int64(id), int64(0)]),
    )
    return Buffer.concat([array(Buffer.concat([text(topic), array(...stored)])), int32(0)])
  }
}

describe('the producer', () => {
  const brokers = new Brokers()
  afterEach(() => {
    brokers.close()
    jest.restoreAllMocks()
  })

  it('asks for the new leader of a partition when the known leader does not answer', async () => {
    // The library asks a random broker. This makes it the last one.
    jest.spyOn(Math, 'random').mockReturnValue(0)
    const kafka = createClient({ brokers: await brokers.listen(), clientId: 'test' })
    const producer = createProducer(kafka)
    await producer.connect()
    const send = async (...partitions: number[]): Promise<(string | undefined)[]> => {
      const messages = partitions.map((partition) => ({ partition, value: 'x' }))
      const answers = await producer.sendBatch({ topicMessages: [{ topic, messages }] })
      const offsets = new Map(answers.map((one) => [one.partition, one.baseOffset]))
      return partitions.map((partition) => offsets.get(partition))
    }
    expect(await send(0, 1)).toEqual(['0', '1'])
    brokers.deaf.add(0)
    brokers.leaders[0] = 1
    expect(await send(0)).toEqual(['1'])
    brokers.close()
    await producer.disconnect()
  })
})
