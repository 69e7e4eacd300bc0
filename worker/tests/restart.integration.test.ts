import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { openTreeSession } from '@rookery/bridge/zookeeper-kafka'
import type { ZooKeeperSession } from '@rookery/zookeeper-client'
import { type Engines, sharedEngines, startEngines } from '@rookery/engines'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectWorker, type Worker } from '../src/index.ts'

jest.setTimeout(90_000)
const sessionMs = 3_000

describe('a worker that is online while ZooKeeper is away for longer than its session', () => {
  let engines: Engines<'zookeeper'>
  let worker: Worker
  let tree: ZooKeeperSession

  beforeAll(async () => {
    engines = await startEngines({ which: ['zookeeper'], shortLived: true })
    const { ZOOKEEPER_CONNECT: zookeeper } = engines.variables
    const { KAFKA_BROKERS: kafka } = await sharedEngines(['kafka'])
    worker = await connectWorker({ name: 'alice', zookeeper, brokers: [kafka], sessionMs })
    tree = await openTreeSession({ connect: zookeeper, sessionMs })
  }, 90_000)
  afterAll(async () => {
    await worker?.close()
    await tree?.close()
    await engines?.stop()
  }, 30_000)

  it('is online again with its new session, and stays online after the end of the old one', async () => {
    // Only the part of a manager's work that going online needs. The inbox has a test of its own.
    for (const folder of ['/registry', '/online', '/registry/alice'])
      await tree.create(folder, null)
    const online = worker.goOnline()
    online.catch(() => undefined)
    while ((await tree.stat('/online/alice')) === null) await sleep(50)
    const before = (await tree.stat('/online/alice'))?.ephemeralOwner
    await engines.kill('zookeeper')
    await sleep(2 * sessionMs)
    await engines.restart('zookeeper')
    await sleep(3 * sessionMs)
    const after = (await tree.stat('/online/alice'))?.ephemeralOwner
    expect(after).toMatch(/^[0-9a-f]{16}$/)
    expect(after).not.toBe(before)
  })
})
