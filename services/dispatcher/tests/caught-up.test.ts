import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createEmbeddedPushBus, createEmbeddedRouting } from '@rookery/directory'
import { encodeRecord } from '@rookery/domain'
import { type MessageLog, openEmbeddedLog } from '@rookery/log'
import { type MessageStore, openEmbeddedStore } from '@rookery/message-store'
import { createLogger, Metrics } from '@rookery/service-kit'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDispatcher, type Dispatcher } from '../src/dispatcher.ts'
import { channelId, created, message } from './real-dispatcher.ts'

const messages = 700
let folder: string
let log: MessageLog
let store: MessageStore
let dispatcher: Dispatcher

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rookery-caught-up-'))
  log = await openEmbeddedLog({ folder })
  store = await openEmbeddedStore({ folder, logEpoch: log.epoch })
  await log.append(channelId, encodeRecord(created))
})
afterEach(async () => {
  await dispatcher.close()
  await store.close()
  await log.close()
  rmSync(folder, { recursive: true })
})

const start = (): Promise<Dispatcher> =>
  createDispatcher({
    log,
    store,
    routing: createEmbeddedRouting(),
    bus: createEmbeddedPushBus(),
    logger: createLogger('dispatcher', { level: 'silent' }),
    metrics: new Metrics('dispatcher'),
  })

describe('a dispatcher that starts behind its log', () => {
  it('has caught up when every record of the log is in the store', async () => {
    for (let n = 1; n <= messages; n += 1) void log.append(channelId, encodeRecord(message(n)))
    await log.append(channelId, encodeRecord(message(messages + 1)))
    dispatcher = await start()
    await dispatcher.caughtUp()
    expect(await store.channel(channelId)).toMatchObject({ head: messages + 2 })
  })

  it('does not wait for a partition that has halted', async () => {
    const newer = new TextEncoder().encode(JSON.stringify({ ...message(1), v: 99 }))
    await log.append(channelId, newer)
    dispatcher = await start()
    await dispatcher.caughtUp()
    expect(await dispatcher.readiness.get('log')?.()).toBe(false)
  })
})
