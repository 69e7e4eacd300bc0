import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals'
import { startEngines } from '@rookery/engines'
import { setTimeout as sleep } from 'node:timers/promises'
import { RedisConnection } from './connection.ts'
import {
  openRedisPresenceBoard,
  openRedisPushBus,
  openRedisRouting,
  openRedisThrottle,
} from './index.ts'

jest.setTimeout(30_000)

const engines = await startEngines({ which: ['redis'] })
const url = engines.variables.REDIS_URL
const unavailable = { name: 'DirectoryError', code: 'unavailable' }
const policy = { points: 2, windowMs: 60_000 }

/** The time that the work takes, also if it fails. */
async function durationOf(work: Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work.catch(() => undefined)
  return performance.now() - begun
}
async function untilDone(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work()
      return
    } catch {
      await sleep(20)
    }
  }
}

describe('the directory when Redis fails', () => {
  const ports: { close(): Promise<void> }[] = []
  const opened = async <Port extends { close(): Promise<void> }>(
    opening: Promise<Port>,
  ): Promise<Port> => {
    const port = await opening
    ports.push(port)
    return port
  }
  // After a failed test, open connections would keep the process alive.
  afterEach(async () => {
    engines.thaw('redis')
    await Promise.all(ports.splice(0).map((port) => port.close()))
  })
  afterAll(() => engines.stop())

  it('reports a loss also after Redis cut the connection and kept its data', async () => {
    const routing = await opened(openRedisRouting({ url }))
    await routing.renewServer('kept')
    const lost = new Promise<void>((resolve) => routing.onLost(resolve))
    const connection = await RedisConnection.open({ url })
    await connection.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    connection.close()
    await lost
    expect(await routing.servers()).toEqual(['kept'])
  })

  it('rejects with unavailable if Redis does not run, and with denied if it refuses the password', async () => {
    await expect(openRedisRouting({ url: 'redis://127.0.0.1:1' })).rejects.toMatchObject(
      unavailable,
    )
    const withPassword = url.replace('redis://', 'redis://nobody:wrong@')
    await expect(openRedisRouting({ url: withPassword })).rejects.toMatchObject({
      code: 'denied',
      retryable: false,
      message: expect.stringMatching(/refuses the name or password.*WRONGPASS/),
    })
  })

  it('reports the loss to each process once if Redis was emptied, and can be filled again', async () => {
    const [one, other] = [
      await opened(openRedisRouting({ url })),
      await opened(openRedisRouting({ url })),
    ]
    const calls = [0, 0]
    const lost = [one, other].map(
      (routing, i) =>
        new Promise<void>((resolve) => {
          routing.onLost(() => {
            calls[i] = (calls[i] ?? 0) + 1
            resolve()
          })
        }),
    )
    const connection = await RedisConnection.open({ url })
    await connection.client.flushall()
    await connection.client.script('FLUSH')
    connection.close()
    await Promise.all(lost)
    await one.renewServer('server')
    await one.addInterest('server', [{ channelId: 'channel', partition: 0 }])
    expect(await other.interested('channel')).toEqual(['server'])
    await sleep(1_500)
    expect(calls).toEqual([1, 1])
  })

  it('rejects quickly while Redis is killed, and reports the loss once it is back', async () => {
    const routing = await opened(openRedisRouting({ url }))
    let calls = 0
    const lost = new Promise<void>((resolve) => {
      routing.onLost(() => {
        calls += 1
        resolve()
      })
    })
    await routing.renewServer('server')
    await engines.kill('redis')
    await expect(routing.servers()).rejects.toMatchObject(unavailable)
    expect(await durationOf(routing.servers())).toBeLessThan(500)
    expect(calls).toBe(0)
    await engines.restart('redis')
    await lost
    expect(await routing.servers()).toEqual([])
    await routing.renewServer('server')
    expect(await routing.servers()).toEqual(['server'])
    expect(calls).toBe(1)
  })

  it('rejects within 500 ms while Redis is frozen, and throttles by a local estimate', async () => {
    const routing = await opened(openRedisRouting({ url }))
    const board = await opened(openRedisPresenceBoard({ url }))
    const throttle = await opened(openRedisThrottle({ url }))
    await throttle.consume('login', 'ann', 1, policy)
    engines.freeze('redis')
    // The lowest of several, because the machine may be busy with other tests.
    const durations: number[] = []
    for (let i = 0; i < 3; i += 1) durations.push(await durationOf(routing.versions(['ann'])))
    expect(Math.min(...durations)).toBeLessThan(500)
    await expect(board.read(['ann'])).rejects.toMatchObject(unavailable)
    expect(await throttle.consume('login', 'ann', 1, policy)).toMatchObject({
      allowed: true,
      degraded: true,
    })
    expect(await throttle.consume('login', 'ann', 1, policy)).toMatchObject({
      allowed: false,
      degraded: true,
    })
    // Long enough for the connection to be replaced.
    await sleep(4_000)
    engines.thaw('redis')
    await untilDone(() => routing.servers())
  })

  it('counts the pushes that are lost while Redis is killed, and restores subscriptions', async () => {
    const [publisher, receiver] = [
      await opened(openRedisPushBus({ url })),
      await opened(openRedisPushBus({ url })),
    ]
    let received: (batch: string) => void = () => undefined
    const next = (): Promise<string> => new Promise((resolve) => (received = resolve))
    await receiver.subscribe('server', (batch) => received(batch))
    await engines.kill('redis')
    publisher.publish('server', 'lost')
    await untilDone(async () => expect(publisher.dropped).toBe(1))
    await engines.restart('redis')
    const first = next()
    const publishing = setInterval(() => publisher.publish('server', 'after'), 20)
    expect(await first).toBe('after')
    clearInterval(publishing)
  })

  it('drops and counts pushes above the bound immediately', async () => {
    const bus = await opened(openRedisPushBus({ url, maxPendingLength: 100 }))
    for (let i = 0; i < 15; i += 1) bus.publish('server', 'x'.repeat(10))
    expect(bus.dropped).toBe(5)
  })
})
