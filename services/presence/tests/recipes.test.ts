import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Bridge, type BridgeWorld, createBridgeWorld } from '@rookery/bridge'
import { createCoordinationWorld } from '@rookery/coordination'
import { directChannelId } from '@rookery/domain'
import { Metrics } from '@rookery/service-kit'
import { createPresence, type Presence } from '../src/presence.ts'
import { openPlatform, type Platform } from './platform.ts'
import { until } from './until.ts'

const patienceMs = 10_000

describe('the recipes, in one process', () => {
  let platform: Platform
  let world: BridgeWorld
  let coordination: ReturnType<typeof createCoordinationWorld>
  /** The bridge as a worker uses it. */
  let worker: Bridge
  const undo: (() => Promise<void>)[] = []

  const start = async (): Promise<Presence & { bridge: Bridge; kill(): Promise<void> }> => {
    const bridge = world.open()
    const session = coordination.open('presence')
    const presence = await createPresence({
      ...platform,
      coordination: session,
      metrics: new Metrics('presence'),
      tickMs: 5,
      graceMs: 50,
      bridge: { ...platform, bridge },
    })
    let closed = false
    const close = async (): Promise<void> => {
      if (closed) return
      closed = true
      await presence.close()
      await bridge.close()
      await session.close()
    }
    undo.push(close)
    const kill = async (): Promise<void> => {
      await bridge.close()
      await session.close()
    }
    return { close, bridge, kill }
  }
  const enroll = (id: string) => worker.ask('enroll', id, patienceMs)
  const online = async (): Promise<ReadonlySet<string>> =>
    new Promise((resolve) => {
      const stop = worker.watchOnline((ids) => {
        setImmediate(() => stop())
        resolve(ids)
      })
    })
  /** Reads `count` records of an inbox, as `sender: text`. */
  const read = async (id: string, count: number): Promise<string[]> => {
    const texts: string[] = []
    const follower = worker.follow(async ({ sender, text }) => {
      texts.push(`${sender}: ${Buffer.from(text ?? []).toString()}`)
    })
    follower.setInboxes(new Set([id]))
    await until(
      () => texts.length,
      (length) => length >= count,
    )
    await follower.close()
    return texts
  }
  const write = (inbox: string, sender: string | null, text: string | Uint8Array | null): void =>
    world.write(inbox, sender, typeof text === 'string' ? Buffer.from(text) : text)
  const heard = (a: string, b: string, count: number) =>
    until(
      () => platform.heard(a, b),
      (texts) => texts.length >= count,
    )
  const status = async (username: string) =>
    (await platform.board.read([username])).get(username)?.status

  beforeEach(async () => {
    platform = await openPlatform()
    world = createBridgeWorld()
    coordination = createCoordinationWorld()
    worker = world.open()
  })
  afterEach(async () => {
    for (const close of undo.splice(0)) await close()
    await worker.close()
    await platform.close()
  })

  it('enrolls a worker once, and makes it a user', async () => {
    await start()
    await expect(enroll('Alice')).resolves.toBe('done')
    await expect(enroll('Alice')).resolves.toBe('already')
    expect((await worker.registrations(['Alice'])).get('Alice')?.kind).toBe('worker')
    const found = await platform.accounts.search('alice', 20)
    expect(found.map(({ username, workerId }) => [username, workerId])).toEqual([
      ['alice', 'Alice'],
    ])
  })

  it('refuses to enroll invalid ids, and names that are or were in use', async () => {
    await platform.register('bob')
    await platform.register('dead.man')
    await platform.accounts.delete('dead.man', Date.now())
    await start()
    await enroll('Alice')
    const ids = ['inbox', 'SYSTEM', '_x', 'a b', 'ä', 'bob', 'BOB', 'dead_man', 'alice', 'ALICE']
    for (const id of ids) await expect(enroll(id)).resolves.toBe('refused')
  })

  it('answers all requests that were made while there was no manager', async () => {
    const ids = Array.from({ length: 30 }, (_, n) => `worker${n}`)
    const answers = Promise.all(ids.map(enroll))
    await start()
    expect(new Set(await answers)).toEqual(new Set(['done']))
  })

  it('registers accounts before it answers requests, and refuses to quit them', async () => {
    await platform.register('bob')
    const quit = worker.ask('quit', 'bob', patienceMs)
    await start()
    await expect(quit).resolves.toBe('refused')
    expect((await worker.registrations(['bob'])).get('bob')?.kind).toBe('account')
  })

  it('deletes inbox and user of a worker that quits, and lets it enroll again', async () => {
    await start()
    await enroll('alice')
    await worker.showOnline(['alice'])
    await until(
      () => worker.inboxes(),
      (inboxes) => inboxes.has('alice'),
    )
    await worker.hideOnline(['alice'])
    await expect(worker.ask('quit', 'alice', patienceMs)).resolves.toBe('done')
    expect((await worker.inboxes()).has('alice')).toBe(false)
    await expect(platform.accounts.search('alice', 20)).resolves.toEqual([])
    await expect(worker.ask('quit', 'alice', patienceMs)).resolves.toBe('already')
    await expect(enroll('alice')).resolves.toBe('done')
  })

  it('enrolls an account that is made while it runs, and quits it after its deletion', async () => {
    await start()
    const createdAtMs = Date.now()
    const carl = { username: 'carl', displayName: 'c', passwordHash: 'h', createdAtMs }
    await expect(worker.ask('account_enroll', 'carl', patienceMs)).resolves.toBe('refused')
    await platform.accounts.create(carl)
    await expect(worker.ask('account_enroll', 'carl', patienceMs)).resolves.toBe('done')
    await expect(worker.ask('account_enroll', 'carl', patienceMs)).resolves.toBe('already')
    await expect(worker.ask('account_quit', 'carl', patienceMs)).resolves.toBe('refused')
    await platform.accounts.delete('carl', Date.now())
    await expect(worker.ask('account_quit', 'carl', patienceMs)).resolves.toBe('done')
    expect((await worker.registrations(['carl'])).size).toBe(0)
  })

  it('quits an account that was deleted while there was no leader', async () => {
    await platform.register('bob')
    const first = await start()
    await until(
      () => worker.registrations(['bob']),
      (found) => found.size === 1,
    )
    await first.close()
    await platform.accounts.delete('bob', Date.now())
    await start()
    const left = await until(
      () => worker.registrations(['bob']),
      (found) => found.size === 0,
    )
    expect(left.size).toBe(0)
  })

  it('makes an inbox for a registered worker that is online, and shows it to users', async () => {
    await start()
    await enroll('Alice')
    await worker.showOnline(['Alice', 'stranger'])
    await until(
      () => status('alice'),
      (now) => now === 'online',
    )
    const inboxes = await worker.inboxes()
    expect([inboxes.has('Alice'), inboxes.has('stranger')]).toEqual([true, false])
    await worker.hideOnline(['Alice'])
    await until(
      () => status('alice'),
      (now) => now === 'offline',
    )
    expect((await worker.inboxes()).has('Alice')).toBe(true)
    expect(await status('stranger')).toBe('offline')
  })

  it('shows a user to workers, with an inbox, while connected and not invisible', async () => {
    await platform.register('bob')
    await start()
    await platform.connected('bob', true)
    await until(online, (ids) => ids.has('bob'))
    expect((await worker.inboxes()).has('bob')).toBe(true)
    const atMs = Date.now()
    await platform.board.choose('bob', { status: 'invisible', text: null, atMs })
    await until(online, (ids) => !ids.has('bob'))
    await platform.board.choose('bob', { status: 'away', text: null, atMs: atMs + 1 })
    await until(online, (ids) => ids.has('bob'))
    await platform.connected('bob', false)
    const left = await until(online, (ids) => !ids.has('bob'))
    expect(left.has('bob')).toBe(false)
  })

  it('delivers texts of workers to users in order, under the name of their sender', async () => {
    await platform.register('bob')
    await start()
    await enroll('Alice')
    await platform.connected('bob', true)
    await until(online, (ids) => ids.has('bob'))
    write('bob', 'Alice', 'one')
    write('bob', null, 'who am I')
    write('bob', 'bob', 'a user is no worker')
    write('bob', 'nobody', 'nor am I')
    write('bob', 'Alice', 'two')
    await expect(heard('bob', 'alice', 2)).resolves.toEqual(['alice: one', 'alice: two'])
    await expect(heard('bob', 'inbox', 3)).resolves.toEqual([
      'inbox: who am I',
      'inbox: a user is no worker',
      'inbox: nor am I',
    ])
  })

  it('delivers a text of a worker under its name as soon as the worker is enrolled', async () => {
    await platform.register('bob')
    await start()
    await platform.connected('bob', true)
    await until(online, (ids) => ids.has('bob'))
    const ids = Array.from({ length: 20 }, (_, n) => `worker${n}`)
    for (const id of ids) {
      await enroll(id)
      write('bob', id, 'at once')
    }
    for (const id of ids) await expect(heard('bob', id, 1)).resolves.toEqual([`${id}: at once`])
  })

  it('skips records that cannot be messages, and delivers later ones', async () => {
    await platform.register('bob')
    await start()
    await enroll('alice')
    await platform.connected('bob', true)
    await until(online, (ids) => ids.has('bob'))
    for (const garbage of [null, '', 'x'.repeat(4_001), 'a\0b', Buffer.from([0xff])])
      write('bob', 'alice', garbage)
    write('bob', 'alice', '😀'.repeat(4_000))
    write('bob', 'alice', 'last')
    const texts = await heard('bob', 'alice', 2)
    expect(texts).toEqual([`alice: ${'😀'.repeat(4_000)}`, 'alice: last'])
  })

  it('delivers texts of users to an offline worker, and never its own texts', async () => {
    await platform.register('bob')
    await start()
    await enroll('Alice')
    await platform.say('bob', 'alice', 'hello')
    await expect(read('Alice', 1)).resolves.toEqual(['bob: hello'])
    await platform.connected('bob', true)
    await until(online, (ids) => ids.has('bob'))
    write('bob', 'Alice', 'hi')
    await heard('bob', 'alice', 2)
    await platform.say('bob', 'alice', 'bye')
    await expect(read('Alice', 2)).resolves.toEqual(['bob: hello', 'bob: bye'])
    const key = { channelId: directChannelId('alice', 'bob'), username: 'alice', name: '_inbox' }
    const cursor = await until(
      () => platform.store.cursor(key),
      (seq) => seq >= 4,
    )
    expect(cursor).toBe(4)
  })

  it('continues where the last leader stopped, and delivers nothing twice', async () => {
    await platform.register('bob')
    const first = await start()
    await enroll('alice')
    await platform.connected('bob', true)
    await until(online, (ids) => ids.has('bob'))
    write('bob', 'alice', 'in 1')
    await heard('bob', 'alice', 1)
    await platform.say('bob', 'alice', 'out 1')
    await read('alice', 1)
    await first.close()
    write('bob', 'alice', 'in 2')
    await platform.say('bob', 'alice', 'out 2')
    await start()
    await expect(heard('bob', 'alice', 4)).resolves.toEqual([
      'alice: in 1',
      'bob: out 1',
      'bob: out 2',
      'alice: in 2',
    ])
    await expect(read('alice', 2)).resolves.toEqual(['bob: out 1', 'bob: out 2'])
  })

  const manyOnline = async (count: number): Promise<string[]> => {
    const names = Array.from({ length: count }, (_, n) => `user${n}`)
    for (const name of names) {
      await platform.register(name)
      await worker.ask('account_enroll', name, patienceMs)
      await platform.connected(name, true)
    }
    return names
  }
  const hasAll = (names: readonly string[]) => (ids: ReadonlySet<string>) =>
    names.every((name) => ids.has(name))
  /** Users who are missing in any reading from now on. */
  const watchGone = (names: readonly string[]): { gone: Set<string>; stop: () => void } => {
    const gone = new Set<string>()
    const stop = worker.watchOnline((ids) => {
      for (const name of names) if (!ids.has(name)) gone.add(name)
    })
    return { gone, stop }
  }
  const shownBy = (nodes: readonly { bridge: Bridge }[]) =>
    Promise.all(nodes.map(async ({ bridge }) => [...(await bridge.shownHere())]))

  it('spreads users over the processes, each shown by one', async () => {
    const nodes = [await start(), await start(), await start()]
    const names = await manyOnline(60)
    const shares = await until(
      () => shownBy(nodes),
      (each) => each.flat().length === names.length,
    )
    expect(shares.flat().sort()).toEqual([...names].sort())
    for (const share of shares) expect(share.length).toBeGreaterThan(5)
  })

  it('hands users over without a gap when a process stops, leader or not', async () => {
    const nodes = [await start(), await start()]
    const names = await manyOnline(20)
    await until(online, hasAll(names))
    const { gone, stop } = watchGone(names)
    for (const node of nodes) {
      const next = await start()
      await until(
        () => next.bridge.shownHere(),
        (shown) => shown.size > 0,
      )
      await node.close()
      await until(online, hasAll(names))
    }
    stop()
    expect(gone.size).toBe(0)
  })

  it('shows the users of a killed process again, and all others without a gap', async () => {
    const [, standby] = [await start(), await start(), await start()]
    const names = await manyOnline(30)
    await until(online, hasAll(names))
    const shown = await until(
      () => standby.bridge.shownHere(),
      (here) => here.size > 3,
    )
    const { gone, stop } = watchGone(names)
    await standby.kill()
    await until(
      () => gone.size,
      (size) => size > 0,
    )
    const left = await until(online, hasAll(names))
    stop()
    expect(hasAll(names)(left)).toBe(true)
    for (const name of gone) expect(shown.has(name)).toBe(true)
  })
})
