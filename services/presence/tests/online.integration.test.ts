import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { Bridge } from '@rookery/bridge'
import { setTimeout as sleep } from 'node:timers/promises'
import { EngineWorld, type PresenceNode } from './engine-world.ts'
import { openPlatform, type Platform } from './platform.ts'
import { until } from './until.ts'

jest.setTimeout(90_000)
/** The time-out of the ZooKeeper session and 2 s. */
const mostMs = 5_000

describe('users whom three presence processes show online on a real ZooKeeper', () => {
  let world: EngineWorld
  let platform: Platform
  let nodes: PresenceNode[]
  let worker: Bridge
  let names: string[]
  let reporting: NodeJS.Timeout
  /** When each user was first missing from the tree. */
  let gone: Map<string, number>
  let longestMs = 0
  let now: ReadonlySet<string> = new Set()
  let watched: () => void

  beforeAll(async () => {
    world = await EngineWorld.start()
    platform = await openPlatform()
    nodes = await Promise.all([1, 2, 3].map(() => world.presence(platform)))
    worker = await world.bridge()
    names = Array.from({ length: 45 }, (_, n) => `user${n}-${world.suffix}`)
    for (const name of names) {
      await platform.register(name)
      await worker.ask('account_enroll', name, 20_000)
    }
    const report = (): void => {
      for (const name of names) void platform.connected(name, true)
    }
    report()
    reporting = setInterval(report, 3_000)
    gone = new Map()
    const shown = new Set<string>()
    watched = worker.watchOnline((ids) => {
      now = ids
      for (const name of names) {
        if (ids.has(name)) {
          const sinceMs = gone.get(name)
          if (sinceMs !== undefined) longestMs = Math.max(longestMs, performance.now() - sinceMs)
          shown.add(name)
        } else if (shown.has(name) && !gone.has(name)) gone.set(name, performance.now())
      }
    })
    await allOnline()
  }, 120_000)
  afterAll(async () => {
    clearInterval(reporting)
    watched?.()
    for (const node of nodes ?? []) await node.close()
    await world?.close()
    await platform?.close()
  }, 60_000)

  const allOnline = () =>
    until(
      () => now,
      (ids) => names.every((name) => ids.has(name)),
    )
  const sharesOf = (some: readonly PresenceNode[]) =>
    until(
      async () => Promise.all(some.map((node) => node.shown())),
      (each) => each.reduce((sum, { size }) => sum + size, 0) === names.length,
    )

  it('spreads the online users over three presence processes', async () => {
    for (const share of await sharesOf(nodes)) expect(share.size).toBeGreaterThan(3)
  })

  it('shows users without a gap when a presence process stops, leader or not', async () => {
    const [first] = nodes
    const leading = await until(
      async () => {
        for (const node of nodes) if (await node.leads()) return node
        return null
      },
      (node) => node !== null,
    )
    for (const node of new Set([leading, first])) {
      nodes = nodes.filter((one) => one !== node)
      nodes.push(await world.presence(platform))
      await node?.close()
      await sharesOf(nodes)
    }
    expect([...gone]).toEqual([])
  })

  it('shows only the users of a cut-off process with a gap, which is at most 5 s', async () => {
    await sharesOf(nodes)
    const cut = nodes.at(-1)
    const theirs = (await cut?.shown()) ?? new Set<string>()
    cut?.link.silence()
    // The others may show these users before the nodes of the cut-off process are gone.
    await sharesOf(nodes.slice(0, -1))
    await allOnline()
    for (const name of gone.keys()) expect(theirs.has(name)).toBe(true)
    expect(longestMs).toBeLessThan(mostMs)
    cut?.link.restore()
    await sharesOf(nodes)
  })

  it('gives a process that was cut off its share of users back', async () => {
    const share = await until(
      async () => (await nodes.at(-1)?.shown())?.size ?? 0,
      (size) => size > 3,
    )
    expect(share).toBeGreaterThan(3)
  })

  it('keeps users hidden who became invisible while their process was cut off', async () => {
    const cut = nodes.at(-1)
    const theirs = await until(
      async () => [...((await cut?.shown()) ?? [])],
      (shown) => shown.length > 3,
    )
    cut?.link.silence()
    await sharesOf(nodes.slice(0, -1))
    const atMs = Date.now()
    for (const name of theirs)
      await platform.board.choose(name, { status: 'invisible', text: null, atMs })
    await until(
      () => theirs.some((name) => now.has(name)),
      (any) => !any,
    )
    await sleep(1_000)
    const seen = new Set<string>()
    const stop = worker.watchOnline((ids) => {
      for (const name of theirs) if (ids.has(name)) seen.add(name)
    })
    cut?.link.restore()
    await sleep(mostMs + 3_000)
    stop()
    expect([...seen]).toEqual([])
  })
})
