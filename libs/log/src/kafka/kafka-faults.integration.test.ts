import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { type Engines, startEngines } from '@rookery/engines'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogError, MessageLog } from '../message-log.ts'
import { bytes, keyIn, text } from '../testing/log-under-test.ts'
import { Recorder } from '../testing/index.ts'
import { openKafkaLog } from './kafka-log.ts'

jest.setTimeout(60_000)

describe('the log when Kafka fails', () => {
  let engines: Engines<'kafka'>
  const opened: MessageLog[] = []

  beforeAll(async () => {
    engines = await startEngines({ which: ['kafka'], shortLived: true })
  }, 120_000)
  afterEach(async () => {
    for (const log of opened.splice(0)) await log.close()
  })
  afterAll(() => engines.stop())

  const open = async (onFatal?: (error: LogError) => void): Promise<MessageLog> => {
    const log = await openKafkaLog({
      brokers: [engines.variables.KAFKA_BROKERS],
      clientId: 'test',
      prefix: `_rookery-test-${randomUUID()}-`,
      partitionCount: 4,
      ...(onFatal === undefined ? {} : { onFatal }),
    })
    opened.push(log)
    return log
  }

  it('refuses to open the log as unavailable without a broker', async () => {
    const options = { brokers: ['127.0.0.1:1'], clientId: 'test' }
    await expect(openKafkaLog(options)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('answers an append within 5 s while the broker is frozen, and continues in order afterwards', async () => {
    const log = await open()
    const key = keyIn(log, 0)
    await log.append(key, bytes('before'))
    engines.freeze('kafka')
    const startedAt = performance.now()
    await expect(log.append(key, bytes('during'))).rejects.toMatchObject({
      code: 'unknown',
      retryable: true,
    })
    expect(performance.now() - startedAt).toBeLessThan(5_500)
    engines.thaw('kafka')
    await appendUntilDone(log, key, 'after')
    const values = (await log.read(0, 0, 100)).map((record) => text(record.value))
    expect(values[0]).toBe('before')
    expect(values.at(-1)).toBe('after')
    expect(values.lastIndexOf('during')).toBeLessThan(values.indexOf('after'))
  })

  it('loses no acknowledged record, and continues to consume, when the broker is killed and comes back', async () => {
    const log = await open()
    const key = keyIn(log, 1)
    const recorder = new Recorder()
    await log.consume('group', recorder)
    const acknowledged: string[] = []
    const write = async (value: string): Promise<void> => {
      await appendUntilDone(log, key, value)
      acknowledged.push(value)
    }
    for (let i = 0; i < 50; i += 1) await write(`before ${i}`)
    await engines.kill('kafka')
    const during = write('during')
    await engines.restart('kafka')
    await during
    for (let i = 0; i < 50; i += 1) await write(`after ${i}`)
    await recorder.until(() => recorder.records.some((each) => text(each.value) === 'after 49'))
    const seen = recorder.records.map((record) => text(record.value))
    expect([...new Set(seen)]).toEqual(acknowledged)
  })

  it('reports after 10 s without a fetch that the process must be restarted', async () => {
    const fatal = new Promise<LogError>((resolve) => {
      void open(resolve).then(async (log) => {
        const recorder = new Recorder()
        await log.consume('group', recorder)
        await recorder.until(() => recorder.holds.length === 4)
        engines.freeze('kafka')
      })
    })
    expect(await fatal).toMatchObject({ code: 'unavailable' })
    engines.thaw('kafka')
  })
})

async function appendUntilDone(log: MessageLog, key: string, value: string): Promise<void> {
  for (;;) {
    try {
      await log.append(key, bytes(value))
      return
    } catch (error) {
      if (!(error as LogError).retryable) throw error
      await sleep(100)
    }
  }
}
