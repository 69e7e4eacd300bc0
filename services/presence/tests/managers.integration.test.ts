import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals'
import { sharedEngines } from '@rookery/engines'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectWorker, type Worker } from '@rookery/worker'
import { ManagerProcess } from './manager-process.ts'

jest.setTimeout(90_000)
/** The time-out of the ZooKeeper session, 2 s, and 1 s for a request. */
const takeoverMs = 6_000 + 2_000 + 1_000

describe('three managers, of which one leads', () => {
  let zookeeper: string
  let kafka: string
  let root: string
  let managers: ManagerProcess[] = []
  const workers: Worker[] = []

  const worker = async (name: string): Promise<Worker> => {
    const connected = await connectWorker({ name, zookeeper, brokers: [kafka], root })
    workers.push(connected)
    return connected
  }
  const fresh = (name: string): string => `${name}-${randomBytes(4).toString('hex')}`
  const leader = async (except?: ManagerProcess): Promise<ManagerProcess> => {
    for (;;) {
      const leading = managers.find((manager) => manager.leads && manager !== except)
      if (leading !== undefined) return leading
      await Promise.race(
        managers.map(
          (manager) =>
            new Promise<void>((resolve) => {
              const forget = manager.onChange(() => {
                forget()
                resolve()
              })
            }),
        ),
      )
    }
  }
  const timed = async <T>(work: Promise<T>): Promise<{ value: T; tookMs: number }> => {
    const startedMs = performance.now()
    return { value: await work, tookMs: performance.now() - startedMs }
  }

  beforeAll(async () => {
    const engines = await sharedEngines(['zookeeper', 'kafka'])
    zookeeper = engines.ZOOKEEPER_CONNECT
    kafka = engines.KAFKA_BROKERS
    root = `/managers-${randomBytes(6).toString('hex')}`
  }, 120_000)
  beforeEach(async () => {
    while (managers.length < 3) managers.push(await ManagerProcess.start(zookeeper, kafka, root))
    await leader()
  })
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((one) => one.close()))
  })
  afterAll(async () => {
    await Promise.all(managers.map((manager) => manager.kill()))
  })

  it('enrolls a worker within 5 s, and 30 in parallel within 10 s, each once', async () => {
    const first = await timed((await worker(fresh('one'))).enroll())
    expect(first.value).toBe(true)
    expect(first.tookMs).toBeLessThan(5_000)
    const many = await Promise.all(Array.from({ length: 30 }, () => worker(fresh('many'))))
    const all = await timed(Promise.all(many.map((one) => one.enroll())))
    expect(new Set(all.value)).toEqual(new Set([true]))
    expect(all.tookMs).toBeLessThan(10_000)
    await expect(many[0]?.enroll()).resolves.toBe(false)
  })

  it('refuses a name that differs from a taken one only in case or in . and _', async () => {
    const name = fresh('a.b')
    await (await worker(name)).enroll()
    for (const other of [name.toUpperCase(), name.replace('.', '_')])
      await expect((await worker(other)).enroll()).rejects.toMatchObject({ code: 'refused' })
  })

  it('gives a worker an inbox when it comes online, and deletes it when it quits', async () => {
    const [ada, bob] = [await worker(fresh('ada')), await worker(fresh('bob'))]
    for (const one of [ada, bob]) {
      await one.enroll()
      await one.goOnline()
    }
    expect(await ada.online()).toEqual(expect.arrayContaining([ada.name, bob.name]))
    await ada.write(bob.name, 'hello')
    await expect(bob.read()).resolves.toEqual([{ from: ada.name, text: 'hello' }])
    await bob.goOffline()
    await expect(ada.write(bob.name, 'gone?')).rejects.toMatchObject({ code: 'receiver_offline' })
    await expect(bob.quit()).resolves.toBe(true)
    await expect(bob.quit()).resolves.toBe(false)
    await expect(bob.goOnline()).rejects.toMatchObject({ code: 'not_enrolled' })
    await bob.enroll()
    await bob.goOnline()
    await expect(bob.read()).resolves.toEqual([])
  })

  it('answers requests within the session time-out and 2 s after the leader was killed', async () => {
    const many = await Promise.all(Array.from({ length: 20 }, () => worker(fresh('kill'))))
    const leading = await leader()
    const answers = Promise.all(many.map((one) => one.enroll()))
    await leading.kill()
    managers = managers.filter((manager) => manager !== leading)
    const { value, tookMs } = await timed(answers)
    // Workers that the killed leader answered got that answer only.
    expect(new Set(value)).toEqual(new Set([true]))
    expect(tookMs).toBeLessThan(takeoverMs)
    await Promise.all(many.slice(0, 5).map((one) => one.goOnline()))
    const quits = await Promise.all(many.map((one) => one.quit()))
    expect(new Set(quits)).toEqual(new Set([true]))
  })

  it('keeps requests and inboxes intact when a leader is frozen and thaws later', async () => {
    const ada = await worker(fresh('ada'))
    await ada.enroll()
    await ada.goOnline()
    const frozen = await leader()
    const quit = ada.quit()
    frozen.freeze()
    await expect(quit).resolves.toBe(true)
    await leader(frozen)
    await ada.enroll()
    await ada.goOnline()
    await ada.write(ada.name, 'after')
    frozen.thaw()
    const many = await Promise.all(Array.from({ length: 10 }, () => worker(fresh('thaw'))))
    const answers = await Promise.all(many.map((one) => one.enroll()))
    expect(new Set(answers)).toEqual(new Set([true]))
    // Enough time for the thawed manager to finish its work, if it still believed that it leads.
    await sleep(3_000)
    await expect(ada.read()).resolves.toEqual([{ from: ada.name, text: 'after' }])
    expect(managers.filter((manager) => manager.leads)).toHaveLength(1)
  })

  it('stops a leader that is cut off before another manager leads', async () => {
    const cut = await leader()
    cut.link.silence()
    const { tookMs } = await timed(leader(cut))
    expect(tookMs).toBeLessThan(takeoverMs)
    expect(cut.leads).toBe(false)
    await expect((await worker(fresh('cut'))).enroll()).resolves.toBe(true)
    cut.link.restore()
    await expect((await worker(fresh('restored'))).enroll()).resolves.toBe(true)
    expect(managers.filter((manager) => manager.leads)).toHaveLength(1)
  })
})
