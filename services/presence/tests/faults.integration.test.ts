import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { Bridge } from '@rookery/bridge'
import type { InboxCluster } from '@rookery/bridge/zookeeper-kafka'
import { setTimeout as sleep } from 'node:timers/promises'
import { EngineWorld, type PresenceNode } from './engine-world.ts'
import { openPlatform, type Platform } from './platform.ts'
import { until } from './until.ts'

jest.setTimeout(90_000)

describe('three presence processes on real engines, whose leader is cut off under traffic', () => {
  let world: EngineWorld
  let platform: Platform
  let nodes: PresenceNode[]
  let worker: Bridge
  let inboxes: InboxCluster

  beforeAll(async () => {
    world = await EngineWorld.start()
    platform = await openPlatform()
    nodes = [
      await world.presence(platform),
      await world.presence(platform),
      await world.presence(platform),
    ]
    worker = await world.bridge()
    inboxes = world.inboxes()
  }, 120_000)
  afterAll(async () => {
    for (const node of nodes ?? []) await node.close()
    await world?.close()
    await platform?.close()
  }, 60_000)

  const leader = (): Promise<PresenceNode> =>
    until(
      async () => {
        for (const node of nodes) if (await node.leads()) return node
        return null
      },
      (node) => node !== null,
    ) as Promise<PresenceNode>
  const online = (): Promise<ReadonlySet<string>> =>
    new Promise((resolve) => {
      const stop = worker.watchOnline((ids) => {
        setImmediate(() => stop())
        resolve(ids)
      })
    })
  const inInbox = async (inbox: string): Promise<string[]> => {
    const texts: string[] = []
    const { end = 0 } = (await inboxes.bounds([inbox])).get(inbox) ?? {}
    while (texts.length < end) {
      const found = (await inboxes.fetch(new Map([[inbox, texts.length]]))).get(inbox) ?? []
      texts.push(...found.map(({ key, value }) => `${key?.toString()}: ${value?.toString()}`))
    }
    return texts
  }

  it('delivers every text once and in order in both directions while leaders are cut off', async () => {
    const [alice, bob] = [`alice-${world.suffix}`, `bob-${world.suffix}`]
    await platform.register(bob)
    await expect(worker.ask('account_enroll', bob, 15_000)).resolves.toMatch(/done|already/)
    await expect(worker.ask('enroll', alice, 15_000)).resolves.toBe('done')
    await worker.showOnline([alice])
    const disconnect = platform.staysConnected(bob)
    await until(online, (ids) => ids.has(bob))

    const count = 60
    const cut: PresenceNode[] = []
    for (let n = 0; n < count; n += 1) {
      if (n === 15 || n === 40) {
        const leading = await leader()
        leading.link.silence()
        cut.push(leading)
      }
      if (n === 30) cut[0]?.link.restore()
      const message = { key: alice, value: Buffer.from(`in ${n}`), headers: {} }
      await inboxes.produce(bob, { ...message, timestamp: Date.now() }, 5_000)
      await platform.say(bob, alice, `out ${n}`)
      await sleep(150)
    }
    const heard = await until(
      () => platform.heard(bob, alice),
      (texts) => texts.length >= 2 * count,
    )
    const written = await until(
      () => inInbox(alice),
      (texts) => texts.length >= count,
    )
    disconnect()
    for (const node of cut) node.link.restore()
    const numbers = Array.from({ length: count }, (_, n) => n)
    expect(heard.filter((text) => text.includes('in '))).toEqual(
      numbers.map((n) => `${alice}: in ${n}`),
    )
    expect(written).toEqual(numbers.map((n) => `${bob}: out ${n}`))
    expect(new Set(cut).size).toBe(2)
  })
})
