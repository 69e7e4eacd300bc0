import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { openZooKeeperKafkaBridge } from '@rookery/bridge/zookeeper-kafka'
import { type JarSet, sharedEngines } from '@rookery/engines'
import { BareClient } from '../src/bare-client.ts'
import { startBridgedWorld } from '../src/bridged-world.ts'
import { compileForeignWorker, ForeignWorker } from '../src/foreign-worker.ts'
import { call, newName, password } from '../src/rest.ts'

jest.setTimeout(60_000)

describe.each<[string, JarSet[]]>([
  ['current clients', ['kafka', 'zookeeper']],
  ['ZooKeeper 3.4 and kafka-clients 1.0', ['old-clients']],
])('a worker in Java, with %s, and users of the platform', (_, jars) => {
  const suffix = randomBytes(4).toString('hex')
  const aliceId = `Alice_${suffix}`
  const alice = aliceId.toLowerCase()
  const root = `/foreign-${suffix}`
  let engines: { ZOOKEEPER_CONNECT: string; KAFKA_BROKERS: string }
  let compiled: Awaited<ReturnType<typeof compileForeignWorker>>
  let world: Awaited<ReturnType<typeof startBridgedWorld>>
  let bob: BareClient
  let worker: ForeignWorker

  const startWorker = (id: string): Promise<ForeignWorker> => {
    const { ZOOKEEPER_CONNECT: zookeeper, KAFKA_BROKERS: kafka } = engines
    return ForeignWorker.start(compiled.classPath, { id, zookeeper, kafka, root })
  }

  beforeAll(async () => {
    engines = await sharedEngines(['zookeeper', 'kafka'])
    compiled = await compileForeignWorker(jars)
    world = await startBridgedWorld(() =>
      openZooKeeperKafkaBridge({
        connect: engines.ZOOKEEPER_CONNECT,
        brokers: [engines.KAFKA_BROKERS],
        root,
        sessionMs: 4_000,
      }),
    )
    bob = await BareClient.registered(world.url, 'bob')
    worker = await startWorker(aliceId)
  }, 180_000)
  afterAll(async () => {
    await worker?.die()
    await bob?.close()
    await world?.close()
    compiled?.dispose()
  }, 30_000)

  /** Waits for the next presence update that shows alice with this status. */
  const aliceShown = async (status: string): Promise<void> => {
    const before = new Set(bob.frames)
    const isAlice = (one: Record<string, unknown>): boolean =>
      one['userId'] === alice && one['status'] === status
    await bob.next(
      (frame) =>
        !before.has(frame) && frame.type === 'presence_update' && frame.presence.some(isAlice),
      20_000,
    )
  }

  it('a worker enrolls, and is a user from then on', async () => {
    await expect(worker.tell('enroll', 'enroll')).resolves.toBe('enroll 1')
    await expect(worker.tell('enroll', 'enroll')).resolves.toBe('enroll 2')
    const { body } = await call(world.url, 'GET', `/users?query=${alice}`, {
      token: bob.session.sessionToken,
    })
    expect(body.users).toMatchObject([{ username: alice, displayName: aliceId }])
  })

  it('a worker is refused the name of a user, and a user the name of a worker', async () => {
    const thief = await startWorker(bob.username)
    await expect(thief.tell('enroll', 'enroll')).resolves.toBe('enroll 0')
    await expect(thief.tell('quit', 'quit')).resolves.toBe('quit 0')
    await thief.die()
    for (const username of [alice, alice.replace('_', '.')]) {
      const answer = await call(world.url, 'POST', '/auth/register', {
        body: { username, password },
      })
      expect(answer.status).toBe(409)
    }
  })

  it('a worker and a user see each other online', async () => {
    await bob.request({ type: 'subscribe', userIds: [alice] })
    const shown = aliceShown('online')
    await expect(worker.tell('online', 'online')).resolves.toBe('online yes')
    await shown
    const list = await worker.tell('list', 'list')
    expect(list.split(' ')).toEqual(expect.arrayContaining([aliceId, bob.username]))
  })

  it('a worker writes to a user, who gets a message from the worker', async () => {
    await worker.tell(`write ${bob.username} grüß dich 😀`, 'written')
    const message = await bob.next((frame) => frame.type === 'chat_message', 15_000)
    expect(message).toMatchObject({ senderId: alice, content: 'grüß dich 😀' })
    expect(message.session).toBeUndefined()
  })

  it('a worker may write with any compression, and without its name', async () => {
    const isNew = (content: string) => (frame: { type: string; content?: string }) =>
      frame.type === 'chat_message' && frame.content === content
    for (const codec of ['snappy', 'lz4', 'gzip']) {
      await worker.tell(`compression ${codec}\nwrite ${bob.username} by ${codec}`, 'written')
      const message = await bob.next(isNew(`by ${codec}`), 15_000)
      expect(message).toMatchObject({ senderId: alice })
    }
    const stranger = await startWorker(aliceId)
    await stranger.tell(`nameless\nwrite ${bob.username} guess who`, 'written')
    expect(await bob.next(isNew('guess who'), 15_000)).toMatchObject({ senderId: 'inbox' })
    await stranger.die()
  })

  it('a worker may take its request back, and ask again', async () => {
    for (let i = 0; i < 5; i += 1) await worker.tell('forget enroll', 'forgotten')
    await expect(worker.tell('enroll', 'enroll')).resolves.toBe('enroll 2')
  })

  it('a worker reads the answers of a user once and in order', async () => {
    const { channelId } = await bob.request({ type: 'create_channel', participants: [alice] })
    for (const [index, content] of ['one', 'zwei', '三'].entries()) {
      const ack = await bob.request({
        type: 'chat_message',
        channelId,
        content,
        clientSeq: index + 1,
      })
      expect(ack.type).toBe('message_ack')
    }
    for (;;) {
      const from = worker.lines.length
      if ((await worker.tell('read', 'read ')) !== 'read 3') continue
      expect(worker.lines.slice(from, -1)).toEqual(
        ['one', 'zwei', '三'].map((text) => `record ${bob.username}: ${text}`),
      )
      return
    }
  })

  it('a worker is offline after its ZooKeeper session, and later reads what it missed', async () => {
    const shown = aliceShown('offline')
    await worker.die()
    await shown
    const { channelId } = await bob.request({ type: 'create_channel', participants: [alice] })
    await bob.request({ type: 'chat_message', channelId, content: 'later' })
    worker = await startWorker(aliceId)
    await worker.tell('online', 'online')
    for (;;) if ((await worker.tell('read', 'read ')) === 'read 4') break
    expect(worker.lines).toContain(`record ${bob.username}: later`)
  })

  it('a worker that quits is no user any more', async () => {
    await expect(worker.tell('quit', 'quit')).resolves.toBe('quit 1')
    await expect(worker.tell('quit', 'quit')).resolves.toBe('quit 2')
    const answer = await call(world.url, 'GET', `/users/${alice}`, {
      token: bob.session.sessionToken,
    })
    expect(answer.status).toBe(404)
  })

  it('a worker never gets the name of a deleted user', async () => {
    const name = newName('gone')
    const gone = await BareClient.registered(world.url, name)
    const { username } = gone
    const deleted = await call(world.url, 'DELETE', '/users/me', {
      token: gone.session.sessionToken,
      body: { password },
    })
    expect(deleted.status).toBe(204)
    const heir = await startWorker(username.toUpperCase())
    await expect(heir.tell('enroll', 'enroll')).resolves.toBe('enroll 0')
    await heir.die()
  })
})
