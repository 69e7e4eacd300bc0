import { describe, expect, it } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { sharedEngines } from '@rookery/engines'
import {
  CompressionCodecs,
  CompressionTypes,
  ConfigResourceTypes,
  Kafka,
  logLevel,
  Partitioners,
} from 'kafkajs'
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

describe('an inbox with a compression that another client has set', () => {
  const suffix = randomBytes(6).toString('hex')
  const origin = (seq: number) => ({ epoch: 1, channelId: 'c', seq })
  const opened = async () => {
    const { KAFKA_BROKERS, ZOOKEEPER_CONNECT } = await sharedEngines(['kafka', 'zookeeper'])
    const kafka = new Kafka({ brokers: [KAFKA_BROKERS], logLevel: logLevel.NOTHING })
    const bridge = await openZooKeeperKafkaBridge({
      connect: ZOOKEEPER_CONNECT,
      root: `/bridge-${suffix}`,
      brokers: [KAFKA_BROKERS],
    })
    await bridge.prepare()
    return { kafka, bridge }
  }
  /** Makes a topic whose records the broker compresses. */
  const make = async (kafka: Kafka, topic: string, codec: string): Promise<void> => {
    const admin = kafka.admin()
    await admin.connect()
    const configEntries = [
      { name: 'compression.type', value: codec },
      { name: 'retention.ms', value: '86400000' },
    ]
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] })
    await admin.disconnect()
  }
  const configOf = async (kafka: Kafka, name: string): Promise<Map<string, string>> => {
    const admin = kafka.admin()
    await admin.connect()
    const resources = [{ type: ConfigResourceTypes.TOPIC, name }]
    const found = await admin.describeConfigs({ includeSynonyms: false, resources })
    await admin.disconnect()
    const entries = found.resources[0]?.configEntries ?? []
    return new Map(entries.map((entry) => [entry.configName, entry.configValue]))
  }
  const text = (seq: number): string => `${seq}: ${'grüß dich 😀 '.repeat(100 + seq)}`

  it.each(['snappy', 'lz4', 'gzip'])(
    'reads an inbox compressed with %s, and keeps its new records uncompressed',
    async (codec) => {
      const { kafka, bridge } = await opened()
      const inbox = `${codec}-${suffix}`
      await make(kafka, inbox, codec)
      const write = (seq: number) =>
        bridge.write(inbox, { sender: 'bob', text: text(seq), origin: origin(seq) })
      await write(1)
      await bridge.createInboxes([inbox])
      const config = await configOf(kafka, inbox)
      expect([config.get('compression.type'), config.get('retention.ms')]).toEqual([
        'uncompressed',
        '86400000',
      ])
      await write(2)
      const read: string[] = []
      let done: () => void = () => undefined
      const both = new Promise<void>((resolve) => (done = resolve))
      const follower = bridge.follow(async (record) => {
        if (read.push(Buffer.from(record.text ?? []).toString()) === 2) done()
      })
      follower.setInboxes(new Set([inbox]))
      await both
      expect(read).toEqual([text(1), text(2)])
      await follower.close()
      await bridge.close()
    },
  )

  it('reports an inbox that cannot be decoded, and continues with the others', async () => {
    const { kafka, bridge } = await opened()
    const [bad, good] = [`bad-${suffix}`, `good-${suffix}`]
    await make(kafka, bad, 'zstd')
    await bridge.createInboxes([good])
    await bridge.write(bad, { sender: 'bob', text: text(1), origin: origin(1) })
    const { [CompressionTypes.ZSTD]: codec } = CompressionCodecs
    CompressionCodecs[CompressionTypes.ZSTD] = () => {
      throw Object.assign(new Error('not implemented'), { name: 'KafkaJSNotImplemented' })
    }
    const read: string[] = []
    let done: () => void = () => undefined
    let said: (inbox: string) => void = () => undefined
    const three = new Promise<void>((resolve) => (done = resolve))
    const unreadable = new Promise<string>((resolve) => (said = resolve))
    const follower = bridge.follow(
      async ({ inbox }) => {
        if (read.push(inbox) === 3) done()
      },
      (inbox) => said(inbox),
    )
    follower.setInboxes(new Set([bad, good]))
    for (let seq = 1; seq <= 3; seq += 1)
      await bridge.write(good, { sender: 'bob', text: 'x', origin: origin(seq) })
    await three
    await expect(unreadable).resolves.toBe(bad)
    expect(read).toEqual([good, good, good])
    CompressionCodecs[CompressionTypes.ZSTD] = codec
    await follower.close()
    await bridge.close()
  })
})

describe('an inbox with records of transactions', () => {
  it('hands over records of transactions, but not the marks between them', async () => {
    const { KAFKA_BROKERS, ZOOKEEPER_CONNECT } = await sharedEngines(['kafka', 'zookeeper'])
    const kafka = new Kafka({ brokers: [KAFKA_BROKERS], logLevel: logLevel.NOTHING })
    const suffix = randomBytes(6).toString('hex')
    const bridge = await openZooKeeperKafkaBridge({
      connect: ZOOKEEPER_CONNECT,
      root: `/bridge-${suffix}`,
      brokers: [KAFKA_BROKERS],
    })
    await bridge.prepare()
    const topic = `transactions-${suffix}`
    await bridge.createInboxes([topic])
    const producer = kafka.producer({
      transactionalId: topic,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    for (const value of ['one', 'two']) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ key: 'bob', value }] })
      await transaction.commit()
    }
    await producer.disconnect()
    await bridge.write(topic, {
      sender: 'bob',
      text: 'last',
      origin: { epoch: 1, channelId: 'c', seq: 1 },
    })
    const read: string[] = []
    let done: () => void = () => undefined
    const last = new Promise<void>((resolve) => (done = resolve))
    const follower = bridge.follow(async ({ text }) => {
      read.push(Buffer.from(text ?? []).toString())
      if (read.at(-1) === 'last') done()
    })
    follower.setInboxes(new Set([topic]))
    await last
    expect(read).toEqual(['one', 'two', 'last'])
    await follower.close()
    await bridge.close()
  })
})
