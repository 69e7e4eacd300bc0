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
