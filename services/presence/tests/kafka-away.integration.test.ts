import { describe, expect, it, jest } from '@jest/globals'
import { openZooKeeperKafkaBridge } from '@rookery/bridge/zookeeper-kafka'
import { sharedEngines } from '@rookery/engines'
import { createLogger } from '@rookery/service-kit'
import { randomBytes } from 'node:crypto'
import { Manager } from '../src/recipes/index.ts'

jest.setTimeout(60_000)

describe('a manager that begins to lead while Kafka is away', () => {
  it('enrolls a worker while Kafka is away and another worker waits for an inbox', async () => {
    const { ZOOKEEPER_CONNECT: connect } = await sharedEngines(['zookeeper'])
    const root = `/away-${randomBytes(5).toString('hex')}`
    // Nothing listens on this port.
    const brokers = ['127.0.0.1:1']
    const bridge = await openZooKeeperKafkaBridge({ connect, root, brokers, sessionMs: 3_000 })
    const worker = await openZooKeeperKafkaBridge({ connect, root, brokers, sessionMs: 3_000 })
    const stop = new AbortController()
    const manager = new Manager({
      bridge,
      names: { enroll: async () => 'enrolled', quit: async () => undefined },
      accounts: null,
      stillLeads: async () => true,
      logger: createLogger('manager', { level: 'silent' }),
    })
    await bridge.prepare()
    const running = manager.run(stop.signal)
    await expect(worker.ask('enroll', 'alice', 5_000)).resolves.toBe('done')
    await worker.showOnline(['alice'])
    await expect(worker.ask('enroll', 'bob', 5_000)).resolves.toBe('done')
    stop.abort()
    await running
    await worker.close()
    await bridge.close()
  })
})
