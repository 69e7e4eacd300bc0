import { describe, expect, it } from '@jest/globals'
import type { Bridge, Request, RequestKind } from '../bridge.ts'
import type { BridgeFixture } from './bridge-fixture.ts'
import { Observed } from './observed.ts'

const patienceMs = 8_000

export function describeRequests({ session, fresh }: BridgeFixture): void {
  const seen = async (bridge: Bridge, kind: RequestKind, id: string): Promise<Request> => {
    const watch = new Observed<readonly Request[]>((onChange) =>
      bridge.watchRequests(kind, onChange),
    )
    const requests = await watch.until((some) => some.some((one) => one.id === id))
    watch.stop()
    const request = requests.find((one) => one.id === id)
    if (request === undefined) throw new Error('the request that the watch has shown is missing')
    return request
  }

  describe('requests', () => {
    it('shows a request to a manager, and its answer to the client', async () => {
      const [asker, manager] = [await session(), await session()]
      const id = fresh('alice')
      const answer = asker.ask('enroll', id, patienceMs)
      const request = await seen(manager, 'enroll', id)
      expect(request).toMatchObject({ kind: 'enroll', id, value: '-1', version: 0 })
      await expect(manager.answer(request, 'done')).resolves.toBe('answered')
      await expect(answer).resolves.toBe('done')
    })

    it.each([
      ['enroll', 'worker'],
      ['account_enroll', 'account'],
    ] as const)('registers an id with the answer done to %s', async (kind, registered) => {
      const bridge = await session()
      const id = fresh('alice')
      const answer = bridge.ask(kind, id, patienceMs)
      await bridge.answer(await seen(bridge, kind, id), 'done')
      await answer
      const found = await bridge.registrations([id, fresh('nobody')])
      expect([...found.keys()]).toEqual([id])
      expect(found.get(id)?.kind).toBe(registered)
      expect(found.get(id)?.incarnation).toMatch(/^.{1,32}$/)
    })

    it.each(['refused', 'already'] as const)(
      'registers no id with the answer %s',
      async (answer) => {
        const bridge = await session()
        const id = fresh('alice')
        const asked = bridge.ask('enroll', id, patienceMs)
        await bridge.answer(await seen(bridge, 'enroll', id), answer)
        await expect(asked).resolves.toBe(answer)
        expect((await bridge.registrations([id])).size).toBe(0)
      },
    )

    it('rejects a second answer to a request as stale', async () => {
      const bridge = await session()
      const id = fresh('alice')
      const asked = bridge.ask('enroll', id, patienceMs)
      const request = await seen(bridge, 'enroll', id)
      await bridge.answer(request, 'refused')
      await expect(bridge.answer(request, 'done')).resolves.toBe('stale')
      await expect(asked).resolves.toBe('refused')
      expect((await bridge.registrations([id])).size).toBe(0)
    })

    it('distinguishes a recreated request from the one that was read', async () => {
      const bridge = await session()
      const id = fresh('alice')
      const withdrawn = bridge.ask('enroll', id, 500).catch(() => null)
      const request = await seen(bridge, 'enroll', id)
      await withdrawn
      const again = bridge.ask('enroll', id, patienceMs)
      const watch = new Observed<readonly Request[]>((onChange) =>
        bridge.watchRequests('enroll', onChange),
      )
      const isNew = (one: Request): boolean =>
        one.id === id && one.incarnation !== request.incarnation
      const fresher = (await watch.until((requests) => requests.some(isNew))).find(isNew)
      watch.stop()
      await expect(bridge.answer(request, 'done')).resolves.toBe('stale')
      await bridge.answer(fresher ?? request, 'refused')
      await expect(again).resolves.toBe('refused')
    })

    it('lets only one of two managers answer a request', async () => {
      const [one, other] = [await session(), await session()]
      const id = fresh('alice')
      const asked = one.ask('enroll', id, patienceMs)
      const request = await seen(one, 'enroll', id)
      const outcomes = await Promise.all([
        one.answer(request, 'done'),
        other.answer(request, 'done'),
      ])
      expect(outcomes.sort()).toEqual(['answered', 'stale'])
      await expect(asked).resolves.toBe('done')
    })

    it('changes nothing when the registry contradicts the answer', async () => {
      const bridge = await session()
      const id = fresh('alice')
      await bridge.registerAccount(id)
      const asked = bridge.ask('enroll', id, patienceMs)
      const request = await seen(bridge, 'enroll', id)
      await expect(bridge.answer(request, 'done')).resolves.toBe('stale')
      await expect(bridge.isUnchanged(request)).resolves.toBe(true)
      await expect(bridge.answer(request, 'already')).resolves.toBe('answered')
      await expect(asked).resolves.toBe('already')
    })

    it('removes an id from the registry with the answer done to quit, once', async () => {
      const bridge = await session()
      const id = fresh('alice')
      await bridge.registerAccount(id)
      const first = bridge.ask('quit', id, patienceMs)
      await expect(bridge.answer(await seen(bridge, 'quit', id), 'done')).resolves.toBe('answered')
      await expect(first).resolves.toBe('done')
      expect((await bridge.registrations([id])).size).toBe(0)
      const second = bridge.ask('quit', id, patienceMs)
      const again = await seen(bridge, 'quit', id)
      await expect(bridge.answer(again, 'done')).resolves.toBe('stale')
      await bridge.answer(again, 'already')
      await expect(second).resolves.toBe('already')
    })

    it('gives each registration of an id another incarnation', async () => {
      const bridge = await session()
      const id = fresh('alice')
      await bridge.registerAccount(id)
      const before = (await bridge.registrations([id])).get(id)
      const quit = bridge.ask('quit', id, patienceMs)
      await bridge.answer(await seen(bridge, 'quit', id), 'done')
      await quit
      await bridge.registerAccount(id)
      const after = (await bridge.registrations([id])).get(id)
      expect(after?.incarnation).not.toBe(before?.incarnation)
    })

    it('withdraws a request that is not answered in time', async () => {
      const bridge = await session()
      const id = fresh('alice')
      const watch = new Observed<readonly Request[]>((onChange) =>
        bridge.watchRequests('enroll', onChange),
      )
      await expect(bridge.ask('enroll', id, 200)).rejects.toMatchObject({ code: 'unavailable' })
      await watch.until((requests) => requests.every((one) => one.id !== id))
      watch.stop()
    })

    it('answers all clients that make the same request in parallel', async () => {
      const [one, other, manager] = [await session(), await session(), await session()]
      const id = fresh('alice')
      const watch = manager.watchRequests('enroll', (requests) => {
        for (const request of requests)
          if (request.id === id && request.value === '-1')
            void manager
              .registrations([id])
              .then((found) => manager.answer(request, found.has(id) ? 'already' : 'done'))
      })
      const answers = await Promise.all([
        one.ask('enroll', id, patienceMs),
        other.ask('enroll', id, patienceMs),
      ])
      watch()
      expect(answers.every((answer) => answer === 'done' || answer === 'already')).toBe(true)
    })

    it('discards a request only if it is the same as when it was read', async () => {
      const bridge = await session()
      const id = fresh('alice')
      const asked = bridge.ask('enroll', id, 1_000)
      const request = await seen(bridge, 'enroll', id)
      await bridge.discard({ ...request, version: 7 })
      await expect(bridge.isUnchanged(request)).resolves.toBe(true)
      await bridge.answer(request, 'refused')
      await expect(asked).resolves.toBe('refused')
    })

    it('keeps an account that is registered twice, and shows it in the registry', async () => {
      const bridge = await session()
      const id = fresh('alice')
      const watch = new Observed<ReadonlySet<string>>((onChange) => bridge.watchRegistry(onChange))
      await expect(bridge.registerAccount(id)).resolves.toBe('done')
      await expect(bridge.registerAccount(id)).resolves.toBe('existed')
      await watch.until((ids) => ids.has(id))
      watch.stop()
    })

    it('keeps registrations when the tree is prepared again', async () => {
      const bridge = await session()
      const id = fresh('alice')
      await bridge.registerAccount(id)
      await bridge.prepare()
      expect((await bridge.registrations([id])).has(id)).toBe(true)
    })
  })
}
