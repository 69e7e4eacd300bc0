import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import {
  bodyHash,
  type ChannelRecord,
  decodeRecord,
  encodePushes,
  groupChannelId,
  type Push,
} from '@rookery/domain'
import type { MessageLog } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'
import { createLogger } from '@rookery/service-kit'
import { Producer } from './producer.ts'

const logger = createLogger('test', { level: 'silent' })
const channelId = groupChannelId('ann', { clientKey: 'k' })
const message = { channelId, user: 'ann', content: 'x', number: null }

let appended: ChannelRecord[]
let leases: string[]
let hear: (batch: string) => void
let away: boolean
let producer: Producer

beforeEach(async () => {
  jest.useFakeTimers()
  appended = []
  leases = []
  away = false
  const log = {
    writable: true,
    epoch: { installId: 'x', number: 1 },
    partitionOf: () => 0,
    append: (key: string, value: Uint8Array) => {
      const decoded = decodeRecord(key, value)
      if (!('record' in decoded)) throw new Error('the fold does not take it')
      appended.push(decoded.record)
      return Promise.resolve({ partition: 0, offset: appended.length - 1 })
    },
  }
  const store = {
    progress: () => Promise.resolve(null),
    sessionRow: () => Promise.resolve(null),
    channel: () => Promise.resolve(null),
  }
  const lease = (what: string) => (serverId: string) => {
    leases.push(`${what} ${serverId}`)
    return away ? Promise.reject(new Error('away')) : Promise.resolve()
  }
  producer = new Producer({
    serverId: 'api-1',
    log: log as unknown as MessageLog,
    store: store as unknown as MessageStore,
    routing: { renewServer: lease('renew'), forgetServer: lease('forget') },
    bus: {
      subscribe: (_serverId, listener) => {
        hear = listener
        return Promise.resolve(() => Promise.resolve())
      },
    },
    logger,
  })
  await producer.start()
})
afterEach(async () => {
  await producer.close()
  jest.useRealTimers()
})

const answer = (
  outcome: Extract<Push, { k: 'answer' }>['outcome'],
  { body, channelId, user, session, clientSeq } = appended.at(-1) as ChannelRecord,
) => {
  const of = { channelId, user, session, clientSeq, bodyHash: bodyHash(body) }
  hear(encodePushes([{ k: 'answer', ...of, outcome }]))
}

describe('Producer', () => {
  it('numbers messages that have no number, in a session that no client may use', async () => {
    const sent = [producer.send(message), producer.send(message)]
    expect(appended.map((record) => record.clientSeq)).toEqual([1, 2])
    const [first, second] = appended
    expect(first?.session).toMatch(/^_[\w-]{36}$/)
    expect(second?.session).toBe(first?.session)
    expect(first?.origin).toBe('api-1')
    for (const seq of [3, 4]) answer({ kind: 'repeat', seq, sentAtMs: 9 }, appended[seq - 3])
    await expect(Promise.all(sent)).resolves.toMatchObject([{ seq: 3 }, { seq: 4 }])
  })

  it('appends a record under the number of the client', () => {
    const metadata = { a: 1 }
    void producer
      .send({ ...message, metadata, number: { session: 's', clientSeq: 7 } })
      .catch(() => {})
    expect(appended[0]).toMatchObject({
      session: 's',
      clientSeq: 7,
      body: { type: 'chat_message', content: 'x', metadata },
    })
  })

  it.each([
    ['superseded', 'superseded'],
    ['missing', 'not_found'],
    ['invalid', 'too_large'],
  ] as const)('refuses a message whose outcome is %s with %s', async (kind, code) => {
    const sent = producer.send(message)
    answer({ kind })
    await expect(sent).rejects.toMatchObject({ code })
  })

  it('answers unavailable, to be repeated, after 5 s without an outcome', async () => {
    const sent = producer.send(message).catch((error: unknown) => error)
    await jest.advanceTimersByTimeAsync(5_250)
    expect(await sent).toMatchObject({ code: 'unavailable', retryAfterMs: 1_000 })
  })

  it('renews its lease, survives a failed renewal, and releases it at the end', async () => {
    await producer.renew()
    away = true
    await producer.renew()
    await producer.close()
    expect(leases).toEqual(['renew api-1', 'renew api-1', 'renew api-1', 'forget api-1'])
  })
})
