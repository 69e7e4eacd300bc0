import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { sharedEngines } from '@rookery/engines'
import { AssignerProtocol } from 'kafkajs'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MessageLog } from '../message-log.ts'
import { ConsumerProcesses } from '../testing/consumer-processes.ts'
import { keyIn } from '../testing/log-under-test.ts'
import { Recorder } from '../testing/index.ts'
import { createClient } from './client.ts'
import { type Cluster, createCluster } from '@rookery/kafka-client'
import { openKafkaLog } from './kafka-log.ts'

const { KAFKA_BROKERS } = await sharedEngines(['kafka'])
const partitionCount = 4
/** Longer than any of these tests takes. */
const deadForMs = 120_000
jest.setTimeout(60_000)

interface GroupBroker {
  joinGroup(request: object): Promise<{ generationId: number; memberId: string }>
  syncGroup(request: object): Promise<unknown>
}

describe('a hand-over on Kafka', () => {
  let prefix: string
  let cluster: Cluster
  const open = (instance?: string): Promise<MessageLog> =>
    openKafkaLog({ brokers: [KAFKA_BROKERS], clientId: 'test', instance, prefix, partitionCount })

  beforeEach(async () => {
    prefix = `_rookery-test-${randomUUID()}-`
    await (await open()).close()
  })
  afterEach(() => cluster?.disconnect())

  /** A member that died silently after it had joined. */
  async function deadMember(name: string): Promise<void> {
    cluster = createCluster(createClient({ brokers: [KAFKA_BROKERS], clientId: name }))
    await cluster.connect()
    const groupId = `${prefix}group`
    const found: unknown = await cluster.findGroupCoordinator({ groupId })
    const broker = found as GroupBroker
    const metadata = AssignerProtocol.MemberMetadata.encode({
      version: 1,
      topics: [`${prefix}channel-log`],
      userData: Buffer.alloc(0),
    })
    const { generationId, memberId } = await broker.joinGroup({
      groupId,
      sessionTimeout: deadForMs,
      rebalanceTimeout: deadForMs,
      groupProtocols: [{ name: 'RoundRobinAssigner', metadata }],
    })
    await broker.syncGroup({ groupId, generationId, memberId, groupAssignment: [] })
  }

  async function members(): Promise<string[]> {
    const groupId = `${prefix}group`
    const coordinator = await cluster.findGroupCoordinator({ groupId })
    const { groups } = await coordinator.describeGroups({ groupIds: [groupId] })
    return (groups[0]?.members ?? []).map(({ clientId }) => clientId)
  }

  it('does not wait for the group session of an earlier life of the same instance', async () => {
    await deadMember('test/1@here:3002')
    const log = await open('here:3002')
    const recorder = new Recorder()
    await log.consume('group', recorder)
    await recorder.until(() => recorder.holds.length === partitionCount)
    expect(await members()).toHaveLength(1)
    await log.close()
  })

  it('lets a consumer leave the group even while it waits for another to join', async () => {
    await deadMember('test/1@there:3002')
    const log = await open('here:3002')
    const consuming = log.consume('group', new Recorder())
    while ((await members()).length < 2) await sleep(20)
    await log.close()
    await consuming
    expect(await members()).toEqual(['test/1@there:3002'])
  })

  it('delivers records within 10 s while one consumer is killed, another is stopped, and both restart', async () => {
    const log = await open()
    const consumers = new ConsumerProcesses(log, { broker: KAFKA_BROKERS, prefix })
    try {
      consumers.start('one')
      consumers.start('other')
      while ((await holdersIn(log)).length < 2) await sleep(50)
      consumers.append([0, 1, 2, 3].map((partition) => keyIn(log, partition)))
      await sleep(200)
      await consumers.caughtUp()
      await consumers.end('one', 'SIGKILL')
      consumers.start('one')
      await consumers.end('other', 'SIGTERM')
      consumers.start('other')
      const longestMs = await consumers.caughtUp()
      process.stderr.write(
        `longest time of a record through both hand-overs: ${Math.round(longestMs)} ms\n`,
      )
      // The group session of a killed consumer takes 6 s to end. The group must not wait for it.
      expect(longestMs).toBeLessThan(10_000)
    } finally {
      await consumers.close()
      await log.close()
    }
  })

  /** The consumers that hold partitions now. */
  async function holdersIn(log: MessageLog): Promise<string[]> {
    const { groups } = await log.topology()
    return [...new Set(groups.map(({ consumer }) => consumer).filter((name) => name !== ''))]
  }
})
