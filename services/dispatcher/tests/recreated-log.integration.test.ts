import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { sharedEngines } from '@rookery/engines'
import { acceptNewLog, openKafkaLog } from '@rookery/log/kafka'
import { acceptCassandraEpoch, openCassandraStore } from '@rookery/message-store/cassandra'
import { Kafka, logLevel } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  channelId,
  created,
  freshPlans,
  message,
  type Plans,
  type RealDispatcher,
  runDispatcher,
} from './real-dispatcher.ts'

const variables = await sharedEngines(['kafka', 'cassandra'])
jest.setTimeout(120_000)

describe('a log that was deleted and recreated', () => {
  let plans: Plans
  const running: RealDispatcher[] = []
  const run = async (): Promise<RealDispatcher> => {
    const one = await runDispatcher(plans)
    running.push(one)
    return one
  }
  const stop = async (): Promise<void> => {
    for (const one of running.splice(0)) await one.close()
  }
  beforeEach(() => {
    plans = freshPlans(variables)
  })
  afterEach(stop)

  async function deleteLog(): Promise<void> {
    const topic = `${plans.log.prefix}channel-log`
    const kafka = new Kafka({ brokers: [...plans.log.brokers], logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    await admin.deleteTopics({ topics: [topic] })
    while ((await admin.listTopics()).includes(topic)) await sleep(20)
    await admin.disconnect()
  }

  /** The topic id that the refusal of the recreated log names. */
  async function refusedTopicId(): Promise<string> {
    const refusal = await openKafkaLog(plans.log).then(
      () => '',
      (error: Error) => error.message,
    )
    return /accept-new-log with --topic-id (\S+)/.exec(refusal)?.[1] ?? ''
  }

  it('folds an accepted recreated log on at head + 1 without a lost or doubled row', async () => {
    const before = await run()
    await before.append(created, message(1), message(2))
    await before.folded()
    const rows = await before.store.events(channelId, { after: 0, limit: 10 })
    await stop()
    await deleteLog()

    const topicId = await refusedTopicId()
    expect(topicId).toMatch(/^[0-9a-f]{32}$/)
    const epoch = await acceptNewLog(plans.log, topicId)
    expect(epoch.number).toBe(2)
    expect(await acceptNewLog(plans.log, topicId)).toEqual(epoch)
    // The store refuses the new epoch until it is accepted there, too.
    await expect(openCassandraStore({ ...plans.store, logEpoch: epoch })).rejects.toThrow(
      /run it again/,
    )
    await acceptCassandraEpoch({ ...plans.store, logEpoch: epoch })
    await acceptCassandraEpoch({ ...plans.store, logEpoch: epoch })

    const after = await run()
    // Two records that clients send again because they saw no answer, and a new one.
    await after.append(message(2), created, message(3))
    await after.folded()
    const all = await after.store.events(channelId, { after: 0, limit: 10 })
    expect(all.slice(0, 3)).toEqual(rows)
    expect(all.map(({ seq, clientSeq, session }) => [seq, session, clientSeq])).toEqual([
      [1, '_1', 1],
      [2, 's', 1],
      [3, 's', 2],
      [4, 's', 3],
    ])
    expect(all[3]?.position).toMatchObject({ epoch: 2 })
    expect(await after.store.channel(channelId)).toMatchObject({ head: 4, messageNumber: 3 })
  })

  it('refuses a recreated log under another id, and while a dispatcher runs', async () => {
    const before = await run()
    await before.append(created)
    await before.folded()
    await deleteLog()
    const topicId = await refusedTopicId()
    await expect(acceptNewLog(plans.log, 'another')).rejects.toThrow(/has the id/)
    await expect(acceptNewLog(plans.log, topicId)).rejects.toThrow(/Stop all services/)
    await stop()
    await expect(acceptNewLog(plans.log, topicId)).resolves.toMatchObject({ number: 2 })
  })
})
