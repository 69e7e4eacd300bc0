import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { ZooKeeperSession } from '@rookery/zookeeper-client'
import { createLogger } from '@rookery/service-kit'
import { Manager } from '../src/recipes/index.ts'
import { EngineWorld } from './engine-world.ts'
import { until } from './until.ts'

jest.setTimeout(60_000)

describe('the manager, for requests whose client never fetches the answer', () => {
  let world: EngineWorld
  let tree: ZooKeeperSession
  let nowMs = 0
  const stop = new AbortController()
  let running: Promise<void>

  beforeAll(async () => {
    world = await EngineWorld.start()
    tree = await world.tree()
    const manager = new Manager({
      bridge: await world.bridge(),
      names: { enroll: async () => 'enrolled', quit: async () => undefined },
      accounts: null,
      stillLeads: async () => true,
      logger: createLogger('manager', { level: 'silent' }),
      now: () => nowMs,
    })
    running = manager.run(stop.signal)
    await until(
      () => tree.stat(`${world.root}/request/quit`),
      (stat) => stat !== null,
    )
  }, 120_000)
  afterAll(async () => {
    stop.abort()
    await running
    await world?.close()
  })

  const path = (kind: string, id: string): string => `${world.root}/request/${kind}/${id}`
  const dataOf = async (kind: string, id: string): Promise<string | null> =>
    (await tree.get(path(kind, id)))?.data?.toString() ?? null

  /** Resolves when all requests were looked at: new ones are answered after the older ones. */
  const allLookedAt = async (id: string): Promise<void> => {
    for (const kind of ['enroll', 'quit']) {
      await tree.create(path(kind, `${kind}-${id}`), '-1')
      await until(
        () => dataOf(kind, `${kind}-${id}`),
        (data) => data !== '-1',
      )
    }
  }

  it('removes an answered request after a minute, and leaves malformed ones alone', async () => {
    for (const [id, data] of [
      ['gone', '-1'],
      ['garbage', '7'],
    ] as const)
      await tree.create(path('enroll', id), data)
    await tree.create(path('quit', 'stranger'), '-1')
    const answers = [
      ['enroll', 'gone', '1'],
      ['quit', 'stranger', '2'],
    ] as const
    for (const [kind, id, answer] of answers)
      await until(
        () => dataOf(kind, id),
        (data) => data === answer,
      )
    await allLookedAt('first')
    nowMs = 59_000
    await allLookedAt('later')
    for (const [kind, id, answer] of answers) expect(await dataOf(kind, id)).toBe(answer)
    nowMs = 61_000
    for (const [kind, id] of answers)
      await until(
        () => tree.stat(path(kind, id)),
        (stat) => stat === null,
      )
    expect(await dataOf('enroll', 'enroll-later')).toBe('1')
    expect(await dataOf('enroll', 'garbage')).toBe('7')
  })
})
