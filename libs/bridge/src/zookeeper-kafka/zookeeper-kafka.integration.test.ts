import { describe, expect, it } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { sharedEngines } from '@rookery/engines'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { describeBridge } from '../testing/index.ts'
import { openZooKeeperKafkaBridge } from './zookeeper-kafka-bridge.ts'

describeBridge('ZooKeeper and Kafka', async () => {
  const { KAFKA_BROKERS, ZOOKEEPER_CONNECT } = await sharedEngines(['kafka', 'zookeeper'])
  const brokers = [KAFKA_BROKERS]
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING })
  const root = `/bridge-${randomBytes(6).toString('hex')}/chat`
  return {
    open: async () => {
      const bridge = await openZooKeeperKafkaBridge({
        connect: ZOOKEEPER_CONNECT,
        root,
        brokers,
        sessionMs: 3_000,
      })
      await bridge.prepare()
      return bridge
    },
    write: async (topic, key, value) => {
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
      await producer.connect()
      const bytes = value === null ? null : Buffer.from(value)
      await producer.send({ topic, messages: [{ key, value: bytes }] })
      await producer.disconnect()
    },
    dispose: async () => undefined,
  }
})

describe('an inbox that holds what cannot be decoded', () => {
  it('stands still, and the others go on', async () => {
    const { KAFKA_BROKERS, ZOOKEEPER_CONNECT } = await sharedEngines(['kafka', 'zookeeper'])
    const kafka = new Kafka({ brokers: [KAFKA_BROKERS], logLevel: logLevel.NOTHING })
    const suffix = randomBytes(6).toString('hex')
    const bridge = await openZooKeeperKafkaBridge({
      connect: ZOOKEEPER_CONNECT,
      root: `/bridge-${suffix}`,
      brokers: [KAFKA_BROKERS],
    })
    const [bad, good] = [`bad-${suffix}`, `good-${suffix}`]
    const admin = kafka.admin()
    await admin.connect()
    // The broker compresses it anew.
    const configEntries = [{ name: 'compression.type', value: 'snappy' }]
    await admin.createTopics({ topics: [{ topic: bad, numPartitions: 1, configEntries }] })
    await admin.disconnect()
    await bridge.createInboxes([good])
    const record = { sender: 'bob', text: 'x'.repeat(1_000) }
    await bridge.write(bad, { ...record, origin: { epoch: 1, channelId: 'c', seq: 1 } })
    const read: string[] = []
    let done: () => void = () => undefined
    const three = new Promise<void>((resolve) => (done = resolve))
    const follower = bridge.follow(async ({ inbox }) => {
      read.push(inbox)
      if (read.length === 3) done()
    })
    const starts: [string, number][] = [
      [bad, 0],
      [good, 0],
    ]
    follower.setInboxes(new Map(starts))
    for (let seq = 1; seq <= 3; seq += 1)
      await bridge.write(good, { ...record, origin: { epoch: 1, channelId: 'c', seq } })
    await three
    expect(read).toEqual([good, good, good])
    await follower.close()
    await bridge.close()
  })
})
