import { describe, expect, it } from '@jest/globals'
import { setImmediate } from 'node:timers/promises'
import type { Request } from '../bridge.ts'
import { Paths } from './paths.ts'
import { Requests } from './requests.ts'
import type { ZooKeeperSession } from '@rookery/zookeeper-client'

describe('Requests', () => {
  it('makes a request again several times a second while there is no tree', async () => {
    let tries = 0
    const session = {
      create: async () => {
        tries += 1
        return null
      },
      get: async () => (tries < 4 ? null : { data: Buffer.from('1') }),
      commit: async () => true,
    }
    const requests = new Requests(session as unknown as ZooKeeperSession, new Paths('/'))
    const beganMs = performance.now()
    await expect(requests.ask('enroll', 'alice', 5_000)).resolves.toBe('done')
    expect(tries).toBe(4)
    expect(performance.now() - beganMs).toBeGreaterThan(200)
  })

  it('reads 1,000 requests with 100 operations at a time', async () => {
    const ids = Array.from({ length: 1_000 }, (_, n) => `worker${n}`)
    let reading = 0
    let most = 0
    const session = {
      onLook: () => () => undefined,
      children: async () => ids,
      get: async () => {
        reading += 1
        most = Math.max(most, reading)
        await setImmediate()
        reading -= 1
        return { data: Buffer.from('-1'), stat: { version: 0, czxid: '1' } }
      },
    }
    const requests = new Requests(session as unknown as ZooKeeperSession, new Paths('/'))
    const read = await new Promise<readonly Request[]>((resolve) => {
      const stop = requests.watch('enroll', (all) => {
        stop()
        resolve(all)
      })
    })
    expect(read.map(({ id }) => id)).toEqual(ids)
    expect(most).toBe(100)
  })
})
