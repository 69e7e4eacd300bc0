import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { sharedEngines } from '@rookery/engines'
import { randomUUID } from 'node:crypto'
import { type Admin, ConfigResourceTypes, Kafka, logLevel } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MessageLog } from '../message-log.ts'
import { bytes, keyIn } from '../testing/log-under-test.ts'
import { Recorder } from '../testing/index.ts'
import { type KafkaLogOptions, openKafkaLog } from './kafka-log.ts'

const { KAFKA_BROKERS } = await sharedEngines(['kafka'])
jest.setTimeout(30_000)

describe('the topics of the log', () => {
  let prefix: string
  let topic: string
  let admin: Admin
  const opened: MessageLog[] = []

  beforeEach(async () => {
    prefix = `_rookery-test-${randomUUID()}-`
    topic = `${prefix}channel-log`
    const kafka = new Kafka({ brokers: [KAFKA_BROKERS], logLevel: logLevel.NOTHING })
    admin = kafka.admin()
    await admin.connect()
  })
  afterEach(async () => {
    await admin.disconnect()
    for (const log of opened.splice(0)) await log.close()
  })

  const open = async (options: Partial<KafkaLogOptions> = {}): Promise<MessageLog> => {
    const log = await openKafkaLog({
      brokers: [KAFKA_BROKERS],
      clientId: 'test',
      prefix,
      ...options,
    })
    opened.push(log)
    return log
  }
  const configure = (name: string, value: string): Promise<unknown> =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        { type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name, value }] },
      ],
    })
  const mismatch = (message: RegExp): object => ({
    code: 'mismatch',
    retryable: false,
    message: expect.stringMatching(message),
  })

  it('creates the topics once, with one install, when many processes open the log together', async () => {
    const logs = await Promise.all(Array.from({ length: 8 }, () => open({ partitionCount: 5 })))
    expect(new Set(logs.map((log) => log.epoch.installId)).size).toBe(1)
    expect(logs.map((log) => log.partitionCount)).toEqual(Array(8).fill(5))
  })

  it('keeps the partition count that the log was created with, and refuses another one', async () => {
    await open({ partitionCount: 4 })
    expect((await open()).partitionCount).toBe(4)
    await expect(open({ partitionCount: 8 })).rejects.toMatchObject(mismatch(/Configure 4/))
  })

  it('refuses a topic to which partitions were added, because channels would move', async () => {
    await open({ partitionCount: 4 })
    await admin.createPartitions({ topicPartitions: [{ topic, count: 6 }] })
    await expect(open()).rejects.toMatchObject(mismatch(/Partitions were added/))
  })

  it('refuses a topic that was deleted and recreated', async () => {
    const log = await open({ partitionCount: 4 })
    await log.close()
    await admin.deleteTopics({ topics: [topic] })
    while ((await admin.listTopics()).includes(topic)) await sleep(20)
    await expect(open({ partitionCount: 4 })).rejects.toMatchObject(mismatch(/recreated/))
  })

  it.each([
    ['message.timestamp.type', 'CreateTime'],
    ['cleanup.policy', 'compact'],
    ['retention.ms', '3600000'],
    ['retention.bytes', '1000000000'],
  ])('refuses a topic with the setting %s=%s', async (name, value) => {
    await open({ partitionCount: 4 })
    const others = { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': '-1' }
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: Object.entries({ ...others, [name]: value }).map(([key, each]) => ({
            name: key,
            value: each,
          })),
        },
      ],
    })
    await expect(open()).rejects.toMatchObject(mismatch(new RegExp(name)))
  })

  it('accepts a topic whose records are kept for a week', async () => {
    await open({ partitionCount: 4 })
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: [
            { name: 'message.timestamp.type', value: 'LogAppendTime' },
            { name: 'retention.ms', value: '604800000' },
          ],
        },
      ],
    })
    expect((await open()).partitionCount).toBe(4)
  })

  it('halts a partition that is handed over after its topic got settings that lose records', async () => {
    const log = await open({ partitionCount: 4 })
    await configure('message.timestamp.type', 'CreateTime')
    const consumption = await log.consume('group', new Recorder())
    while (consumption.halted.size < 4) await sleep(20)
    expect(consumption.halted.get(0)).toMatchObject(mismatch(/message.timestamp.type/))
  })

  it('halts a partition whose next record was deleted, instead of jumping past it', async () => {
    const log = await open({ partitionCount: 4 })
    for (const value of ['a', 'b', 'c']) await log.append(keyIn(log, 0), bytes(value))
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] })
    expect(await log.bounds(0)).toEqual({ start: 2, end: 3 })
    const recorder = new Recorder()
    recorder.onAssigned = async () => 0
    const consumption = await log.consume('group', recorder)
    while (!consumption.halted.has(0)) await sleep(20)
    expect(consumption.halted.get(0)).toMatchObject(mismatch(/offset 0/))
    expect(recorder.records).toEqual([])
  })

  it('keeps a dead letter with its key, value, log position and reason', async () => {
    const log = await open({ partitionCount: 4 })
    const record = { partition: 1, offset: 7, timestampMs: 9, key: 'k', value: bytes('v') }
    await log.deadLetter({ epoch: 1, ...record }, 'not JSON')
    const kafka = new Kafka({ brokers: [KAFKA_BROKERS], logLevel: logLevel.NOTHING })
    const consumer = kafka.consumer({ groupId: `${prefix}reader` })
    await consumer.connect()
    await consumer.subscribe({ topics: [`${prefix}dead-letters`], fromBeginning: true })
    const letter = await new Promise<Record<string, string>>((resolve, reject) => {
      const eachMessage = async ({
        message,
      }: {
        message: { key: unknown; value: unknown; headers?: object }
      }): Promise<void> => {
        const headers = Object.entries(message.headers ?? {})
        const texts = headers.map(([name, value]) => [name, String(value)])
        resolve({
          ...Object.fromEntries(texts),
          key: String(message.key),
          value: String(message.value),
        })
      }
      consumer.run({ eachMessage }).catch(reject)
    })
    await consumer.disconnect()
    const place = { epoch: 1, partition: 1, offset: 7, timestampMs: 9 }
    expect({ ...letter, place: JSON.parse(letter['place'] ?? '') }).toEqual({
      key: 'k',
      value: 'v',
      place,
      reason: 'not JSON',
    })
  })
})
