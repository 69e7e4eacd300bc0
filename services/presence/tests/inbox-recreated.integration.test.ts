import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { Bridge } from '@rookery/bridge'
import type { InboxCluster } from '@rookery/bridge/zookeeper-kafka'
import type { ZooKeeperSession } from '@rookery/zookeeper-client'
import { EngineWorld, type PresenceNode } from './engine-world.ts'
import { openPlatform, type Platform } from './platform.ts'
import { until } from './until.ts'

jest.setTimeout(60_000)
const patienceMs = 20_000

describe('presence, when another client deletes the inbox or registration of an account', () => {
  let world: EngineWorld
  let platform: Platform
  let node: PresenceNode
  let worker: Bridge
  let tree: ZooKeeperSession
  let inboxes: InboxCluster
  let alice: string
  let bob: string
  let disconnect: () => void = () => undefined

  beforeAll(async () => {
    world = await EngineWorld.start()
    platform = await openPlatform()
    node = await world.presence(platform)
    worker = await world.bridge()
    tree = await world.tree()
    inboxes = world.inboxes()
    alice = `alice-${world.suffix}`
    bob = `bob-${world.suffix}`
    await platform.register(bob)
    await worker.ask('account_enroll', bob, patienceMs)
    await worker.ask('enroll', alice, patienceMs)
    disconnect = platform.staysConnected(bob)
    await online()
  }, 120_000)
  afterAll(async () => {
    disconnect()
    await node?.close()
    await world?.close()
    await platform?.close()
  }, 60_000)

  const online = () =>
    until(
      () => tree.stat(`${world.root}/online/${bob}`),
      (stat) => stat !== null,
    )
  const written: string[] = []
  const write = async (...texts: string[]): Promise<void> => {
    for (const text of texts) {
      const message = { key: alice, value: Buffer.from(text), headers: {}, timestamp: Date.now() }
      await inboxes.produce(bob, message, 5_000)
      written.push(`${alice}: ${text}`)
    }
  }
  const allHeard = () =>
    until(
      () => platform.heard(bob, alice),
      (texts) => texts.length >= written.length,
    )

  it('reads a recreated inbox from its start, and delivers each record once', async () => {
    await write('one', 'two')
    await allHeard()
    await worker.deleteInbox(bob)
    await worker.createInboxes([bob])
    inboxes.forgetLeaders()
    await write('three', 'four')
    await expect(allHeard()).resolves.toEqual(written)
  })

  it('reads an inbox from its start that was recreated before this leader started', async () => {
    await node.close()
    await worker.deleteInbox(bob)
    await worker.createInboxes([bob])
    inboxes.forgetLeaders()
    await write('five', 'six', 'seven')
    node = await world.presence(platform)
    await expect(allHeard()).resolves.toEqual(written)
  })

  it('delivers no record twice after only the registration was recreated', async () => {
    const before = await tree.stat(`${world.root}/registry/${bob}`)
    await tree.commit([{ kind: 'remove', path: `${world.root}/registry/${bob}`, version: -1 }])
    await until(
      () => tree.stat(`${world.root}/registry/${bob}`),
      (stat) => stat !== null && stat.czxid !== before?.czxid,
    )
    await online()
    await write('eight')
    await expect(allHeard()).resolves.toEqual(written)
  })

  it('recreates the deleted inbox of an account that is online', async () => {
    await worker.deleteInbox(bob)
    const there = await until(
      () => worker.inboxes(),
      (all) => all.has(bob),
    )
    expect(there.has(bob)).toBe(true)
    inboxes.forgetLeaders()
    await write('nine')
    await expect(allHeard()).resolves.toEqual(written)
  })
})
