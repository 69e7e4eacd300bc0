import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Bridge, BridgeError, createBridgeWorld } from '@rookery/bridge'
import { createLogger } from '@rookery/service-kit'
import { until } from '../../tests/until.ts'
import { Manager } from './manager.ts'

const patienceMs = 3_000
/** More requests than a manager works on at a time. */
const many = Array.from({ length: 20 }, (_, n) => `worker${n}`)

describe('a manager', () => {
  let worker: Bridge
  let bridge: Bridge
  let stop: AbortController
  let running: Promise<void>

  const run = (changed: Partial<Bridge>): void => {
    const manager = new Manager({
      bridge: new Proxy(bridge, {
        get: (target, name: keyof Bridge) => changed[name] ?? target[name].bind(target),
      }),
      names: { enroll: async () => 'enrolled', quit: async () => undefined },
      accounts: null,
      stillLeads: async () => true,
      logger: createLogger('manager', { level: 'silent' }),
    })
    running = manager.run(stop.signal)
  }
  const enroll = (id: string) => worker.ask('enroll', id, patienceMs)

  beforeEach(() => {
    const world = createBridgeWorld()
    worker = world.open()
    bridge = world.open()
    stop = new AbortController()
  })
  afterEach(async () => {
    stop.abort()
    await running
    await worker.close()
    await bridge.close()
  })

  it('answers a request that comes after 20 requests that cannot be answered', async () => {
    run({
      answer: async (request, answer) => {
        if (many.includes(request.id)) throw new BridgeError('denied', 'it may not be written to')
        return bridge.answer(request, answer)
      },
    })
    void Promise.allSettled(many.map(enroll))
    await expect(enroll('last')).resolves.toBe('done')
  })

  it('answers a request that comes after 20 that fail for now, and answers those later', async () => {
    let fails = true
    run({
      answer: async (request, answer) => {
        if (fails && many.includes(request.id)) throw new BridgeError('unavailable', 'not now')
        return bridge.answer(request, answer)
      },
    })
    const later = Promise.all(many.map(enroll))
    await expect(enroll('last')).resolves.toBe('done')
    fails = false
    expect(new Set(await later)).toEqual(new Set(['done']))
  })

  it('enrolls a worker while 20 quitting workers wait for their inboxes to be deleted', async () => {
    let letGo: () => void = () => undefined
    const gone = new Promise<void>((resolve) => (letGo = resolve))
    let waiting = 0
    run({
      deleteInbox: () => {
        waiting += 1
        return gone
      },
    })
    await Promise.all(many.map(enroll))
    const quits = Promise.all(many.map((id) => worker.ask('quit', id, patienceMs)))
    await until(
      () => waiting,
      (count) => count >= 16,
    )
    await expect(enroll('last')).resolves.toBe('done')
    letGo()
    expect(new Set(await quits)).toEqual(new Set(['done']))
  })
})
