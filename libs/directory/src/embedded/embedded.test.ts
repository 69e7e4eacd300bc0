import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { freshnessMs, leaseMs } from '../routing.ts'
import {
  describePresenceBoard,
  describePushBus,
  describeRouting,
  describeThrottle,
} from '../testing/index.ts'
import { BoundedMap } from './bounded-map.ts'
import {
  createEmbeddedPresenceBoard,
  createEmbeddedPushBus,
  createEmbeddedRouting,
  createEmbeddedThrottle,
} from './index.ts'

class FakeClock {
  #nowMs = 1_700_000_000_000
  readonly now = (): number => this.#nowMs
  readonly pass = async (ms: number): Promise<void> => {
    this.#nowMs += ms
  }
}

describeRouting('one process', async () => {
  const { now, pass } = new FakeClock()
  const port = createEmbeddedRouting({ now })
  const empty = async (): Promise<void> => port.lose()
  return { port, pass, leaseMs, freshnessMs, empty, dispose: () => port.close() }
})

describeThrottle('one process', async () => {
  const { now, pass } = new FakeClock()
  const port = createEmbeddedThrottle({ now })
  return { port, pass, dispose: () => port.close() }
})

describePresenceBoard('one process', async () => {
  const { now, pass } = new FakeClock()
  const port = createEmbeddedPresenceBoard({ now })
  return { port, pass, leaseMs, dispose: () => port.close() }
})

describePushBus('one process', async () => {
  const port = createEmbeddedPushBus()
  return { port, peer: port, dispose: () => port.close() }
})

describe('the embedded push bus', () => {
  it('drops and counts the batches that a full receiver cannot take', async () => {
    const bus = createEmbeddedPushBus({ maxQueued: 2 })
    const batches: string[] = []
    await bus.subscribe('server', (batch) => batches.push(batch))
    for (const batch of ['a', 'b', 'c', 'd']) bus.publish('server', batch)
    await new Promise((resolve) => setImmediate(resolve))
    expect(batches).toEqual(['a', 'b'])
    expect(bus.dropped).toBe(2)
    bus.publish('server', 'e')
    await new Promise((resolve) => setImmediate(resolve))
    expect(batches).toEqual(['a', 'b', 'e'])
  })

  it('delivers a batch that a listener publishes after the queued ones', async () => {
    const bus = createEmbeddedPushBus()
    const batches: string[] = []
    const ended = new Promise<void>((resolve) => {
      void bus.subscribe('server', (batch) => {
        batches.push(batch)
        if (batch === 'a') bus.publish('server', 'answer')
        if (batch === 'answer') resolve()
      })
    })
    bus.publish('server', 'a')
    bus.publish('server', 'b')
    await ended
    expect(batches).toEqual(['a', 'b', 'answer'])
  })
})

describe('the embedded throttle', () => {
  it('keeps buckets that are not full when it sweeps', async () => {
    const { now, pass } = new FakeClock()
    const throttle = createEmbeddedThrottle({ now })
    const policy = { points: 2, windowMs: 600_000 }
    await throttle.consume('login', 'ann', 2, policy)
    await pass(61_000)
    expect((await throttle.consume('login', 'bob', 1, policy)).allowed).toBe(true)
    expect((await throttle.consume('login', 'ann', 1, policy)).allowed).toBe(false)
  })
})

describe('the embedded routing', () => {
  it.each([
    ['whose lease has ended', true],
    ['that never had a lease', false],
  ])(
    'drops the interest of a server %s, so that dead servers use no memory',
    async (_which, leased) => {
      const { now, pass } = new FakeClock()
      const routing = createEmbeddedRouting({ now })
      if (leased) await routing.renewServer('dead')
      await routing.addInterest('dead', [{ channelId: 'channel', partition: 0 }])
      await pass(leaseMs * 2)
      // A renewal sweeps if one lease has passed since the last sweep.
      await routing.renewServer('live')
      await routing.renewServer('dead')
      expect(await routing.interested('channel')).toEqual([])
    },
  )

  it('drops the interest of a forgotten server', async () => {
    const routing = createEmbeddedRouting()
    await routing.renewServer('server')
    await routing.addInterest('server', [{ channelId: 'channel', partition: 0 }])
    await routing.forgetServer('server')
    await routing.renewServer('server')
    expect(await routing.interested('channel')).toEqual([])
  })
})

describe('the embedded presence board', () => {
  it('announces the expiry of a report', async () => {
    const { now, pass } = new FakeClock()
    const board = createEmbeddedPresenceBoard({ now })
    await board.report('server', [{ username: 'ann', connected: true, atMs: now() }])
    await board.takeChanged(10)
    // Lets the announcement of the report itself pass.
    await new Promise((resolve) => setImmediate(resolve))
    const announced = new Promise<void>((resolve) => board.onChanged(resolve))
    await pass(leaseMs * 2)
    await announced
    expect(await board.takeChanged(10)).toEqual(['ann'])
    await board.close()
  })
})

describe('a bounded map', () => {
  it('drops the oldest entry of a full map first', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1).set('b', 2).set('a', 3).set('c', 4)
    expect([...map]).toEqual([
      ['a', 3],
      ['c', 4],
    ])
  })
})

describe('the embedded directory', () => {
  afterEach(() => void jest.useRealTimers())

  it('neither shortens nor extends limits and leases when the system clock is set', async () => {
    const hour = 3_600_000
    jest.useFakeTimers({ now: Date.now() + 2 * hour, doNotFake: ['performance', 'setImmediate'] })
    const throttle = createEmbeddedThrottle()
    const routing = createEmbeddedRouting()
    await throttle.consume('login', 'ann', 4, { points: 4, windowMs: 1_000 })
    await routing.renewServer('server')
    jest.setSystemTime(Date.now() - 2 * hour)
    const refused = await throttle.consume('login', 'ann', 1, { points: 4, windowMs: 1_000 })
    expect(refused.allowed).toBe(false)
    expect(refused.retryAfterMs).toBeLessThanOrEqual(1_000)
    jest.setSystemTime(Date.now() + 4 * hour)
    expect(await routing.servers()).toEqual(['server'])
  })
})
