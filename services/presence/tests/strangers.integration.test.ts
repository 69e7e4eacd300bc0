import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { Bridge } from '@rookery/bridge'
import type { Operation, ZooKeeperSession } from '@rookery/zookeeper-client'
import { EngineWorld, type PresenceNode } from './engine-world.ts'
import { openPlatform, type Platform } from './platform.ts'
import { until } from './until.ts'

jest.setTimeout(40_000)
const patienceMs = 20_000

describe('a leader, while other clients delete nodes of the tree and add some', () => {
  let world: EngineWorld
  let platform: Platform
  let node: PresenceNode
  let worker: Bridge
  let tree: ZooKeeperSession
  let disconnect: () => void = () => undefined

  beforeAll(async () => {
    world = await EngineWorld.start()
    platform = await openPlatform()
    node = await world.presence(platform)
    worker = await world.bridge()
    tree = await world.tree()
    for (const name of [bob(), carl()]) {
      await platform.register(name)
      await worker.ask('account_enroll', name, patienceMs)
    }
    disconnect = platform.staysConnected(bob())
    await there(`/online/${bob()}`)
  }, 120_000)
  afterAll(async () => {
    disconnect()
    await node?.close()
    await world?.close()
    await platform?.close()
  }, 60_000)

  /** An account that is online all the time, and one whose connection comes and goes. */
  const bob = (): string => `bob-${world.suffix}`
  const carl = (): string => `carl-${world.suffix}`
  const stat = (path: string) => tree.stat(`${world.root}${path}`)
  const there = (path: string) =>
    until(
      () => stat(path),
      (found) => found !== null,
    )
  const gone = (path: string) =>
    until(
      () => stat(path),
      (found) => found === null,
    )
  const isEphemeral = (path: string) =>
    until(
      () => stat(path),
      (found) => found !== null && found.ephemeralOwner !== null,
    )
  /** Deletes a node and all below it in one step, because missing nodes are soon made again. */
  const wipe = async (path: string): Promise<void> => {
    const below = async (at: string): Promise<Operation[]> => {
      const children = (await tree.children(at)) ?? []
      const each = await Promise.all(children.map((child) => below(`${at}/${child}`)))
      return [...each.flat(), { kind: 'remove', path: at, version: -1 }]
    }
    await until(
      async () => tree.commit(await below(`${world.root}${path}`)),
      (done) => done,
    )
  }

  it.each(['/request/enroll', '/request/quit', '/request', '/online'])(
    'makes the deleted folder %s again, and answers requests',
    async (folder) => {
      await wipe(folder)
      await there(folder)
      const ada = `ada${folder.replaceAll('/', '-')}-${world.suffix}`
      await expect(worker.ask('enroll', ada, patienceMs)).resolves.toBe('done')
      await expect(worker.ask('quit', ada, patienceMs)).resolves.toBe('done')
      await isEphemeral(`/online/${bob()}`)
    },
  )

  it('registers an account again that was removed from the registry, but no worker', async () => {
    const ada = `ada-${world.suffix}`
    await worker.ask('enroll', ada, patienceMs)
    for (const name of [bob(), ada]) await wipe(`/registry/${name}`)
    await there(`/registry/${bob()}`)
    expect((await worker.registrations([bob(), ada])).get(bob())?.kind).toBe('account')
    expect(await stat(`/registry/${ada}`)).toBeNull()
    await isEphemeral(`/online/${bob()}`)
  })

  it('registers all accounts again after the registry was removed, except deleted ones', async () => {
    const dan = `dan-${world.suffix}`
    await platform.register(dan)
    await worker.ask('account_enroll', dan, patienceMs)
    await platform.accounts.delete(dan, Date.now())
    await wipe('/registry')
    for (const name of [bob(), carl()]) await there(`/registry/${name}`)
    await expect(worker.ask('account_enroll', bob(), patienceMs)).resolves.toBe('already')
    expect(await stat(`/registry/${dan}`)).toBeNull()
  })

  it.each([
    ['nothing', []],
    ['a node', ['/below']],
    ['a tree', ['/below', '/below/it', '/below/it/deep', '/beside']],
  ])(
    'replaces a persistent online node with %s below it by the true status of the account',
    async (_, below) => {
      const path = `/online/${carl()}`
      const put = async (): Promise<void> => {
        for (const each of ['', ...below])
          await tree.create(`${world.root}${path}${each}`, 'a stranger')
      }
      await put()
      await gone(path)
      await put()
      await platform.connected(carl(), true)
      await isEphemeral(path)
      await platform.connected(carl(), false)
      await expect(gone(path)).resolves.toBeNull()
    },
  )
})
