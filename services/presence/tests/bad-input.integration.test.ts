import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { Bridge } from '@rookery/bridge'
import type { InboxCluster } from '@rookery/bridge/zookeeper-kafka'
import type { ZooKeeperSession } from '@rookery/zookeeper-client'
import zookeeper from 'node-zookeeper-client'
import { EngineWorld, type PresenceNode } from './engine-world.ts'
import { openPlatform, type Platform } from './platform.ts'
import { until } from './until.ts'

jest.setTimeout(60_000)
const patienceMs = 10_000

describe('bad input in the tree and in inboxes', () => {
  let world: EngineWorld
  let platform: Platform
  let node: PresenceNode
  let worker: Bridge
  let tree: ZooKeeperSession
  let inboxes: InboxCluster

  beforeAll(async () => {
    world = await EngineWorld.start()
    platform = await openPlatform()
    worker = await world.bridge()
    tree = await world.tree()
    inboxes = world.inboxes()
    // The tree and some malformed nodes exist before any manager starts.
    await worker.prepare()
    await tree.create(`${world.root}/registry/_no-id`, 'x'.repeat(500_000))
    await tree.create(`${world.root}/request/enroll/deep`, '-1')
    await tree.create(`${world.root}/request/enroll/deep/child`, '-1')
    node = await world.presence(platform)
  }, 120_000)
  afterAll(async () => {
    await node?.close()
    await world?.close()
    await platform?.close()
  }, 60_000)

  const id = (name: string): string => `${name}-${world.suffix}`
  const valueOf = async (path: string): Promise<string | undefined> =>
    (await tree.get(`${world.root}${path}`))?.data?.toString()
  const enrolls = (name: string) => worker.ask('enroll', name, patienceMs)

  it('leaves a request alone whose data is not -1', async () => {
    const values = ['7', '', '-1\n', ' -1', '-10', '1', 'é', 'x'.repeat(100_000)]
    for (const [index, value] of values.entries())
      await tree.create(`${world.root}/request/enroll/${id(`bad${index}`)}`, value)
    await tree.create(`${world.root}/request/enroll/${id('null')}`, null)
    await expect(enrolls(id('after'))).resolves.toBe('done')
    for (const [index, value] of values.entries())
      await expect(valueOf(`/request/enroll/${id(`bad${index}`)}`)).resolves.toBe(value)
    const bad = values.map((_, index) => id(`bad${index}`))
    expect((await worker.registrations([...bad, id('null')])).size).toBe(0)
  })

  it('answers a malformed request once its data is corrected to -1', async () => {
    const path = `${world.root}/request/enroll/${id('late')}`
    await tree.create(path, '7')
    await enrolls(id('meanwhile'))
    const version = (await tree.stat(path))?.version ?? 0
    await tree.commit([{ kind: 'set', path, version, data: '-1' }])
    const answer = await until(
      () => valueOf(`/request/enroll/${id('late')}`),
      (value) => value !== '-1',
    )
    expect(answer).toBe('1')
  })

  it('answers others beside requests with children, without readers or withdrawn early', async () => {
    await expect(
      until(
        () => valueOf('/request/enroll/deep'),
        (value) => value !== '-1',
      ),
    ).resolves.toBe('1')
    const denied = zookeeper.createClient(world.zookeeper)
    await new Promise<void>((resolve) => {
      denied.once('connected', () => resolve())
      denied.connect()
    })
    const nobody = new zookeeper.ACL(
      zookeeper.Permission.ADMIN,
      new zookeeper.Id('world', 'anyone'),
    )
    await new Promise<void>((resolve, reject) => {
      const path = `${world.root}/request/enroll/${id('denied')}`
      denied.create(path, Buffer.from('-1'), [nobody], (error) =>
        error ? reject(error as Error) : resolve(),
      )
    })
    denied.close()
    for (let n = 0; n < 20; n += 1) {
      const path = `${world.root}/request/enroll/${id(`gone${n}`)}`
      await tree.create(path, '-1')
      await tree.commit([{ kind: 'remove', path, version: -1 }])
    }
    await expect(enrolls(id('unharmed'))).resolves.toBe('done')
  })

  it('refuses to quit a worker whose registration has a child, and keeps its inbox', async () => {
    const burdened = id('burdened')
    await enrolls(burdened)
    await worker.showOnline([burdened])
    await until(
      () => worker.inboxes(),
      (all) => all.has(burdened),
    )
    const path = `${world.root}/registry/${burdened}/below`
    await tree.create(path, null)
    await expect(worker.ask('quit', burdened, patienceMs)).resolves.toBe('refused')
    expect((await worker.inboxes()).has(burdened)).toBe(true)
    await tree.commit([{ kind: 'remove', path, version: -1 }])
    await expect(worker.ask('quit', burdened, patienceMs)).resolves.toBe('done')
    await worker.hideOnline([burdened])
  })

  it('skips foreign records in a topic that existed before, and delivers all others', async () => {
    const [alice, bob] = [id('alice'), id('bob')]
    await enrolls(alice)
    const kafka = world.kafka()
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: bob, numPartitions: 1 }] })
    await admin.disconnect()
    const producer = kafka.producer()
    await producer.connect()
    const send = (key: string | null, value: Buffer | string | null) =>
      producer.send({ topic: bob, messages: [{ key, value }] })
    await send(alice, 'before')
    await send(null, null)
    await send(null, 'nobody said this')
    await send(alice, Buffer.alloc(1_000_000, 'x'))
    await send(alice, Buffer.from([0xff, 0xfe, 0xfd]))
    await send(alice, 'after')
    await producer.disconnect()
    await platform.register(bob)
    await expect(worker.ask('account_enroll', bob, patienceMs)).resolves.toBe('done')
    await platform.connected(bob, true)
    const heard = await until(
      () => platform.heard(bob, alice),
      (texts) => texts.length >= 2,
    )
    expect(heard).toEqual([`${alice}: before`, `${alice}: after`])
    await expect(platform.heard(bob, 'inbox')).resolves.toEqual(['inbox: nobody said this'])
    const dead = '_rookery-inbox-dead-letters'
    const { end = 0 } = (await inboxes.bounds([dead])).get(dead) ?? {}
    const letters = (await inboxes.fetch(new Map([[dead, 0]]))).get(dead) ?? []
    const reasons = letters
      .filter(({ key }) => key?.toString() === bob)
      .map(({ headers }) => headers?.['reason']?.toString())
    expect(reasons).toEqual(['no text', 'too long, or not to be stored', 'not UTF-8'])
    expect(end).toBeGreaterThanOrEqual(3)
  })

  it('removes a node with which another client shows an account online', async () => {
    const carl = id('carl')
    await platform.register(carl)
    await worker.ask('account_enroll', carl, patienceMs)
    await tree.client.create(`${world.root}/online/${carl}`, null, 'ephemeral')
    const seen = await platform.board.read([carl])
    expect(seen.get(carl)?.status).toBe('offline')
    const gone = await until(
      () => tree.stat(`${world.root}/online/${carl}`),
      (stat) => stat === null,
    )
    expect(gone).toBeNull()
  })
})
