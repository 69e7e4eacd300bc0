import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { type Engines, Link, startEngines } from '@rookery/engines'
import { randomUUID } from 'node:crypto'
import type { Coordination, CoordinationState } from '../coordination.ts'
import { Latest } from '../testing/latest.ts'
import { openZooKeeperCoordination } from './zookeeper-coordination.ts'

jest.setTimeout(30_000)
const sessionTimeoutMs = 2_000

describe('coordination when ZooKeeper fails', () => {
  let engines: Engines<'zookeeper'>
  let target: string
  const root = `/rookery-test-${randomUUID()}`
  const opened: Coordination[] = []
  const links: Link[] = []

  beforeAll(async () => {
    engines = await startEngines({ which: ['zookeeper'], shortLived: true })
    target = engines.variables.ZOOKEEPER_CONNECT
  }, 120_000)
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close()
    for (const link of links.splice(0)) link.close()
  })
  afterAll(() => engines.stop())

  const open = async (connectTo = target): Promise<Coordination> => {
    const coordination = await openZooKeeperCoordination({
      connect: connectTo,
      root,
      sessionTimeoutMs,
    })
    opened.push(coordination)
    return coordination
  }
  const openLinked = async (): Promise<{ link: Link; coordination: Coordination }> => {
    const link = new Link(target)
    links.push(link)
    return { link, coordination: await open(await link.open()) }
  }
  const statesOf = (coordination: Coordination): Latest<CoordinationState> => {
    const states = new Latest<CoordinationState>()
    states.set(coordination.state)
    coordination.onState(states.set)
    return states
  }
  const watch = async (by: Coordination, group: string): Promise<Latest<Map<string, string>>> => {
    const members = new Latest<Map<string, string>>()
    await by.watchMembers(group, (now) => members.set(new Map(now)))
    return members
  }
  const notingLead =
    (name: string, note: (line: string) => void) =>
    async (signal: AbortSignal): Promise<void> => {
      note(`${name} leads`)
      await new Promise<void>((resolve) =>
        signal.addEventListener('abort', () => resolve(), { once: true }),
      )
      note(`${name} stops`)
    }

  it('rejects with unavailable when there is no server', async () => {
    await expect(open('127.0.0.1:1')).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('is lost, with the leadership aborted, in the first turn after the process was frozen', async () => {
    const coordination = await open()
    let signal: AbortSignal | null = null
    const leading = new Promise<void>((resolve) => {
      void coordination.elect('frozen', 'a', async (given) => {
        signal = given
        resolve()
        await new Promise<void>((end) => given.addEventListener('abort', () => end()))
      })
    })
    await leading
    const aborted = (): boolean | undefined => signal?.aborted
    expect([coordination.state, aborted()]).toEqual(['connected', false])
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, sessionTimeoutMs)
    expect([coordination.state, aborted()]).toEqual(['lost', true])
  })

  it('becomes suspect and then lost before the session of a frozen server ends, and recovers', async () => {
    const coordination = await open()
    const states = statesOf(coordination)
    const seen: CoordinationState[] = []
    coordination.onState((state) => seen.push(state))
    engines.freeze('zookeeper')
    const frozenAt = performance.now()
    await states.until((state) => state === 'lost')
    expect(performance.now() - frozenAt).toBeLessThan(sessionTimeoutMs)
    expect(seen).toEqual(['suspect', 'lost'])
    await expect(coordination.leaderOf('any')).rejects.toMatchObject({ code: 'unavailable' })
    engines.thaw('zookeeper')
    await states.until((state) => state === 'connected')
    expect(await coordination.leaderOf('any')).toBeNull()
  })

  it('joins again with the latest data after its session has ended', async () => {
    const { link, coordination } = await openLinked()
    const members = await watch(await open(), 'ended')
    const membership = await coordination.join('ended', 'server-1', 'load=1')
    await members.until((now) => now.get('server-1') === 'load=1')
    link.silence()
    await members.until((now) => now.size === 0)
    await expect(membership.update('load=2')).rejects.toMatchObject({ code: 'unavailable' })
    link.restore()
    await members.until((now) => now.get('server-1') === 'load=2')
  })

  it('does not take back a name that another session took while it was away', async () => {
    const { link, coordination } = await openLinked()
    const second = await open()
    const members = await watch(second, 'taken')
    await coordination.join('taken', 'server-1', 'first life')
    await members.until((now) => now.size === 1)
    link.silence()
    await members.until((now) => now.size === 0)
    await second.join('taken', 'server-1', 'second life')
    const states = statesOf(coordination)
    link.restore()
    await states.until((state) => state === 'connected')
    await coordination.join('taken', 'witness', '')
    const now = await members.until((each) => each.has('witness'))
    expect(now.get('server-1')).toBe('second life')
  })

  it('replaces a connection that stays open without answers by a new one', async () => {
    const { link, coordination } = await openLinked()
    const members = await watch(await open(), 'stranded')
    await coordination.join('stranded', 'server-1', '')
    await members.until((now) => now.size === 1)
    link.strand()
    const states = statesOf(coordination)
    await states.until((state) => state === 'lost')
    await states.until((state) => state === 'connected')
    await coordination.join('stranded', 'witness', '')
    await members.until((now) => now.size === 2)
    expect([...(members.value?.keys() ?? [])].sort()).toEqual(['server-1', 'witness'])
  })

  it('does not show an earlier owner of a name again when the later one leaves', async () => {
    const [first, second] = [await open(), await open()]
    const members = await watch(first, 'owners')
    await first.join('owners', 'server-1', 'first life')
    const later = await second.join('owners', 'server-1', 'second life')
    await later.leave()
    await second.join('owners', 'witness', '')
    const now = await members.until((each) => each.has('witness'))
    expect([...now.keys()]).toEqual(['witness'])
  })

  it('keeps members and watches over a restart of the server', async () => {
    const coordination = await open()
    const members = await watch(coordination, 'restart')
    const membership = await coordination.join('restart', 'server-1', 'before')
    await members.until((now) => now.size === 1)
    await engines.kill('zookeeper')
    const states = statesOf(coordination)
    await states.until((state) => state === 'lost')
    expect(members.value?.get('server-1')).toBe('before')
    await engines.restart('zookeeper')
    await states.until((state) => state === 'connected')
    // Connections to a server that has just started may break once more. The data is written all
    // the same.
    await membership.update('after').catch(() => undefined)
    await members.until((now) => now.get('server-1') === 'after')
  })

  it('stops a leader that is cut off before the next one leads, and lets it stand again', async () => {
    const { link, coordination } = await openLinked()
    const other = await open()
    const calls = new Latest<string[]>()
    calls.set([])
    const note = (line: string): void => calls.set([...(calls.value ?? []), line])
    await coordination.elect('cut', 'a', notingLead('a', note))
    await calls.until((lines) => lines.includes('a leads'))
    const standDown = await other.elect('cut', 'b', notingLead('b', note))
    link.silence()
    await calls.until((lines) => lines.includes('b leads'))
    expect(calls.value).toEqual(['a leads', 'a stops', 'b leads'])
    link.restore()
    await statesOf(coordination).until((state) => state === 'connected')
    await standDown()
    await calls.until((lines) => lines.length === 5)
    expect(calls.value?.slice(3)).toEqual(['b stops', 'a leads'])
  })

  it('elects a leader again after the server was killed and restarted', async () => {
    const coordination = await open()
    const calls = new Latest<string[]>()
    calls.set([])
    const note = (line: string): void => calls.set([...(calls.value ?? []), line])
    await coordination.elect('killed', 'a', notingLead('a', note))
    await calls.until((lines) => lines.includes('a leads'))
    await engines.kill('zookeeper')
    await calls.until((lines) => lines.includes('a stops'))
    await engines.restart('zookeeper')
    await calls.until((lines) => lines.length === 3)
    expect(calls.value).toEqual(['a leads', 'a stops', 'a leads'])
  })

  it('removes a candidate that stood down while the server was away', async () => {
    const { link, coordination } = await openLinked()
    const standDown = await coordination.elect(
      'away',
      'a',
      notingLead('a', () => undefined),
    )
    link.silence()
    await statesOf(coordination).until((state) => state === 'suspect')
    const stoodDown = standDown()
    // The session lives on, so the node of the candidate stays until it is removed.
    link.restore()
    await stoodDown
    const calls = new Latest<string>()
    const other = await open()
    await other.elect('away', 'b', notingLead('b', calls.set))
    expect(await calls.until(() => true)).toBe('b leads')
  })
})
