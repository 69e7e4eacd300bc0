import { jest } from '@jest/globals'
import { sharedEngines } from '@rookery/engines'
import { randomUUID } from 'node:crypto'
import { describeMessageLog } from '../testing/index.ts'
import { openKafkaLog } from './kafka-log.ts'

const { KAFKA_BROKERS } = await sharedEngines(['kafka'])

// A member notices a change of the group with its next heartbeat, so some of these tests take
// seconds.
jest.setTimeout(30_000)

describeMessageLog('Kafka', async () => {
  const prefix = `_rookery-test-${randomUUID()}-`
  const open = (): ReturnType<typeof openKafkaLog> =>
    openKafkaLog({ brokers: [KAFKA_BROKERS], clientId: 'test', prefix, partitionCount: 4 })
  let log = await open()
  return {
    log,
    reopen: async () => {
      await log.close()
      return (log = await open())
    },
    dispose: () => log.close(),
  }
})
