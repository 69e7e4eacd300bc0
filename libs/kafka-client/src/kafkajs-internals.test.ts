import { describe, expect, it, jest } from '@jest/globals'
import { createRequire } from 'node:module'
import { Kafka, logLevel } from 'kafkajs'
import { createCluster, patchKafkajs } from './kafkajs-internals.ts'

const require = createRequire(import.meta.url)
interface Queue {
  throttleCheckTimeoutId: NodeJS.Timeout | null
  throttledUntil: number
  push(request: unknown): void
  checkPendingRequests(): void
  waitForPendingRequests(): Promise<void>
  destroy(): void
}

describe('the internals of kafkajs', () => {
  patchKafkajs()
  const client = new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING })
  const makeQueue = (): Queue => {
    const silent = { debug: () => undefined }
    return new (require('kafkajs/src/network/requestQueue') as new (options: object) => Queue)({
      logger: silent,
      maxInFlightRequests: null,
      requestTimeout: 1_000,
      enforceRequestTimeout: false,
    })
  }

  it('uses kafkajs 2.2.4, on whose internals this lib depends', () => {
    expect(require('kafkajs/package.json')).toMatchObject({ version: '2.2.4' })
  })

  it('sets no timer on a connection without pending requests', () => {
    const queue = makeQueue()
    queue.checkPendingRequests()
    expect(queue.throttleCheckTimeoutId).toBeNull()
  })

  it('sets a timer for requests that the broker throttles', () => {
    const queue = makeQueue()
    queue.throttledUntil = Date.now() + 60_000
    queue.push({ entry: { correlationId: 1 }, expectResponse: true, sendRequest: () => undefined })
    expect(queue.throttleCheckTimeoutId).not.toBeNull()
    queue.destroy()
  })

  it('waits before a disconnect no longer for answers than one request may take', async () => {
    jest.useFakeTimers()
    const queue = makeQueue()
    const entry = { correlationId: 1, reject: jest.fn() }
    queue.push({ entry, expectResponse: true, sendRequest: () => undefined })
    const drained = queue.waitForPendingRequests()
    await jest.advanceTimersByTimeAsync(1_000)
    await drained
    expect(entry.reject).toHaveBeenCalledTimes(1)
    jest.useRealTimers()
  })

  it('sends heartbeats also after the clock was set back', async () => {
    const Group = require('kafkajs/src/consumer/consumerGroup') as new (options: object) => {
      memberId: string
      lastRequest: number
      coordinator: { heartbeat: (payload: unknown) => Promise<void> }
      heartbeat(options: { interval: number }): Promise<void>
    }
    const group = new Group({
      logger: { namespace: () => null },
      instrumentationEmitter: { emit: () => undefined },
    })
    let sent = 0
    group.memberId = 'one'
    group.coordinator = { heartbeat: async () => void (sent += 1) }
    await group.heartbeat({ interval: 1_500 })
    expect(sent).toBe(0)
    group.lastRequest = Date.now() + 7_200_000
    await group.heartbeat({ interval: 1_500 })
    await group.heartbeat({ interval: 1_500 })
    expect(sent).toBe(1)
  })

  it('creates a cluster connection with the settings of a client', () => {
    const cluster = createCluster(client)
    expect(cluster.isConnected()).toBe(false)
    expect(typeof cluster.fetchTopicsOffset).toBe('function')
    expect(typeof cluster.findControllerBroker).toBe('function')
  })
})
