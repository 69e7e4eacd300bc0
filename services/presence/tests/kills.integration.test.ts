import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { Bridge } from '@rookery/bridge'
import { type InboxCluster } from '@rookery/bridge/zookeeper-kafka'
import { setTimeout as sleep } from 'node:timers/promises'
import { EngineWorld } from './engine-world.ts'
import { type PresenceProcess, RealPlatform } from './real-platform.ts'
import { until } from './until.ts'

jest.setTimeout(150_000)

describe('presence processes that are killed and frozen in the middle of their work, on real engines', () => {
  let world: EngineWorld
  let real: RealPlatform
  let processes: PresenceProcess[] = []
  let worker: Bridge
  let inboxes: InboxCluster

  beforeAll(async () => {
    world = await EngineWorld.start()
    real = await RealPlatform.open(world.suffix)
    processes = [real.presence(), real.presence(), real.presence()]
    worker = await world.bridge(real.root)
    inboxes = world.inboxes()
  }, 180_000)
  afterAll(async () => {
    for (const one of processes) await one.kill()
    await world?.close()
    await real?.platform.close()
  }, 60_000)

  const leader = async (except?: PresenceProcess): Promise<PresenceProcess> =>
    (await until(
      () => processes.find((one) => one.leads && one !== except) ?? null,
      (one) => one !== null,
    )) as PresenceProcess
  const inInbox = async (inbox: string): Promise<string[]> => {
    const texts: string[] = []
    const { end = 0 } = (await inboxes.bounds([inbox])).get(inbox) ?? {}
    while (texts.length < end) {
      const found = (await inboxes.fetch(new Map([[inbox, texts.length]]))).get(inbox) ?? []
      texts.push(...found.map(({ key, value }) => `${key?.toString()}: ${value?.toString()}`))
    }
    return texts
  }

  it('delivers every text once and in order in both directions while leaders are killed', async () => {
    const { platform } = real
    const [alice, bob] = [`alice-${world.suffix}`, `bob-${world.suffix}`]
    await leader()
    await platform.register(bob)
    await expect(worker.ask('account_enroll', bob, 15_000)).resolves.toMatch(/done|already/)
    await expect(worker.ask('enroll', alice, 15_000)).resolves.toBe('done')
    await worker.showOnline([alice])
    const disconnect = platform.staysConnected(bob)
    for (const id of [alice, bob])
      await until(
        () => worker.inboxes(),
        (there) => there.has(id),
      )
    const count = 240
    let frozen: PresenceProcess | null = null
    let written = 0
    const workers = (async () => {
      for (; written < count; written += 1) {
        const message = { key: alice, value: Buffer.from(`in ${written}`), headers: {} }
        await inboxes.produce(bob, { ...message, timestamp: Date.now() }, 5_000)
        await sleep(40)
      }
    })()
    const users = (async () => {
      for (let n = 0; n < count; n += 1) {
        await platform.say(bob, alice, `out ${n}`)
        await sleep(40)
      }
    })()
    // Resolves while there is work in both directions.
    const underWay = (n: number) =>
      until(
        () => written,
        (now) => now >= n,
      )
    for (const at of [30, 90, 150]) {
      await underWay(at)
      const leading = await leader()
      if (at === 90) {
        frozen = leading
        leading.freeze()
      } else {
        await leading.kill()
        processes = processes.filter((one) => one !== leading)
        processes.push(real.presence())
      }
      await leader(leading)
      if (at === 90) frozen?.thaw()
    }
    await Promise.all([workers, users])
    const heard = await until(
      () => platform.heard(bob, alice),
      (texts) => texts.length >= 2 * count,
    )
    const outgoing = await until(
      () => inInbox(alice),
      (texts) => texts.length >= count,
    )
    disconnect()
    const numbers = Array.from({ length: count }, (_, n) => n)
    expect(heard.filter((text) => text.includes('in '))).toEqual(
      numbers.map((n) => `${alice}: in ${n}`),
    )
    expect(outgoing).toEqual(numbers.map((n) => `${bob}: out ${n}`))
  })
})
