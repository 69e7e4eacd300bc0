import { describe, expect, it, jest } from '@jest/globals'
import { sharedEngines } from '@rookery/engines'
import { Kafka, logLevel } from 'kafkajs'
import { channelId, created, freshPlans, message, runDispatcher } from './real-dispatcher.ts'

const variables = await sharedEngines(['kafka', 'cassandra'])
jest.setTimeout(120_000)

describe('an invalid record', () => {
  it('moves an invalid record to the dead letters, and folds on without a gap', async () => {
    const plans = freshPlans(variables)
    const dispatcher = await runDispatcher(plans)
    const { log, store } = dispatcher
    await dispatcher.append(created, message(1))
    const poison = await log.append(channelId, new TextEncoder().encode('no record'))
    await dispatcher.append(message(2))
    await dispatcher.folded()
    const rows = await store.events(channelId, { after: 0, limit: 10 })
    expect(rows.map(({ seq, clientSeq }) => [seq, clientSeq])).toEqual([
      [1, 1],
      [2, 1],
      [3, 2],
    ])
    const letter = await firstLetter(plans.log.brokers, `${plans.log.prefix}dead-letters`)
    expect(letter.value).toBe('no record')
    expect(JSON.parse(letter.place)).toMatchObject({ epoch: 1, ...poison })
    await dispatcher.close()
  })
})

async function firstLetter(
  brokers: readonly string[],
  topic: string,
): Promise<{ value: string; place: string }> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: `${topic}-reader` })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const letter = await new Promise<{ value: string; place: string }>((resolve, reject) => {
    consumer
      .run({
        eachMessage: async ({ message: { value, headers } }) =>
          resolve({ value: String(value), place: String(headers?.['place']) }),
      })
      .catch(reject)
  })
  await consumer.disconnect()
  return letter
}
