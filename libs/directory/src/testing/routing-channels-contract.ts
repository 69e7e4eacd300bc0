import { describe, expect, it } from '@jest/globals'
import type { AdvanceStep, Head, Routing } from '../routing.ts'
import type { RoutingUnderTest } from './routing-under-test.ts'
import { fresh } from './under-test.ts'

export function describeRoutedChannels(current: () => RoutingUnderTest): void {
  const routing = (): Routing => current().port
  const liveServer = async (): Promise<string> => {
    const server = fresh('server')
    await routing().renewServer(server)
    return server
  }
  const headOf = async (channelId: string): Promise<Head | null> => {
    const views = await routing().addInterest(fresh('reader'), [{ channelId, partition: 0 }])
    return views.get(channelId)?.head ?? null
  }

  describe('servers', () => {
    it('keeps a server live for its lease, and longer if the lease is renewed', async () => {
      const { leaseMs, pass } = current()
      const [idle, busy] = [await liveServer(), await liveServer()]
      await pass(leaseMs * 0.6)
      await routing().renewServer(busy)
      await pass(leaseMs * 0.6)
      const live = await routing().servers()
      expect(live).toContain(busy)
      expect(live).not.toContain(idle)
    })

    it('removes a forgotten server immediately', async () => {
      const server = await liveServer()
      await routing().forgetServer(server)
      expect(await routing().servers()).not.toContain(server)
    })
  })

  describe('interest', () => {
    it('lists the live servers that want a channel', async () => {
      const channelId = fresh('channel')
      const [a, b] = [await liveServer(), await liveServer()]
      for (const server of [a, b, a])
        await routing().addInterest(server, [{ channelId, partition: 0 }])
      expect((await routing().interested(channelId)).sort()).toEqual([a, b].sort())
      await routing().dropInterest(a, [channelId])
      expect(await routing().interested(channelId)).toEqual([b])
      await routing().forgetServer(b)
      expect(await routing().interested(channelId)).toEqual([])
    })

    it('does not count the interest of a server whose lease has ended', async () => {
      const { leaseMs, pass } = current()
      const channelId = fresh('channel')
      const server = await liveServer()
      await routing().addInterest(server, [{ channelId, partition: 0 }])
      await pass(leaseMs * 1.2)
      expect(await routing().interested(channelId)).toEqual([])
    })

    it('counts interest that a server adds again with a renewed lease', async () => {
      const { leaseMs, pass } = current()
      const channelId = fresh('channel')
      const server = await liveServer()
      await routing().addInterest(server, [{ channelId, partition: 0 }])
      await pass(leaseMs * 1.2)
      await routing().renewServer(server)
      await routing().addInterest(server, [{ channelId, partition: 0 }])
      expect(await routing().interested(channelId)).toEqual([server])
    })

    it('adds interest in 1,000 channels by one call', async () => {
      const server = await liveServer()
      const ids = Array.from({ length: 1_000 }, () => fresh('channel'))
      await routing().advance(
        step({ heads: ids.map((channelId) => ({ channelId, epoch: 1, seq: 3 })) }),
      )
      const views = await routing().addInterest(
        server,
        ids.map((channelId) => ({ channelId, partition: 0 })),
      )
      expect(views.size).toBe(1_000)
      expect([...views.values()].every((view) => view.head?.seq === 3)).toBe(true)
      await routing().dropInterest(server, ids)
      expect(await routing().interested(ids[999] ?? '')).toEqual([])
    })
  })

  describe('heads', () => {
    it('reads a head as unknown until a dispatcher has set it', async () => {
      expect(await headOf(fresh('channel'))).toBeNull()
    })

    it('keeps the head with the highest epoch, then seq, in any order of arrival', async () => {
      const channelId = fresh('channel')
      const advance = (epoch: number, seq: number): Promise<unknown> =>
        routing().advance(step({ heads: [{ channelId, epoch, seq }] }))
      await advance(1, 9)
      await advance(1, 4)
      expect(await headOf(channelId)).toEqual({ epoch: 1, seq: 9 })
      await advance(2, 3)
      expect(await headOf(channelId)).toEqual({ epoch: 2, seq: 3 })
      await advance(1, 12)
      expect(await headOf(channelId)).toEqual({ epoch: 2, seq: 3 })
      // Compared as numbers, not as text.
      await advance(2, 10)
      await advance(10, 1)
      expect(await headOf(channelId)).toEqual({ epoch: 10, seq: 1 })
    })

    it('sets heads and returns the audience of each channel in one step', async () => {
      const [wanted, unwanted] = [fresh('channel'), fresh('channel')]
      const server = await liveServer()
      await routing().addInterest(server, [{ channelId: wanted, partition: 0 }])
      const audience = await routing().advance(
        step({ heads: [wanted, unwanted].map((channelId) => ({ channelId, epoch: 1, seq: 1 })) }),
      )
      expect(audience.interested.get(wanted)).toEqual([server])
      expect(audience.interested.get(unwanted) ?? []).toEqual([])
    })

    it('shows a head to each server that adds interest meanwhile, by a push or by its read', async () => {
      const server = await liveServer()
      const ids = Array.from({ length: 100 }, () => fresh('channel'))
      const missed: string[] = []
      await Promise.all(
        ids.map(async (channelId, index) => {
          const add = (): Promise<ReadonlyMap<string, { head: Head | null }>> =>
            routing().addInterest(server, [{ channelId, partition: 0 }])
          const advance = (): ReturnType<Routing['advance']> =>
            routing().advance(step({ heads: [{ channelId, epoch: 1, seq: 7 }] }))
          const even = index % 2 === 0
          const pending = even ? add() : null
          const audience = advance()
          const views = await (pending ?? add())
          const pushed = (await audience).interested.get(channelId)?.includes(server) ?? false
          const read = views.get(channelId)?.head?.seq === 7
          if (!pushed && !read) missed.push(channelId)
        }),
      )
      expect(missed).toEqual([])
    })

    it('replaces a head that no row supports, unless another head came meanwhile', async () => {
      const channelId = fresh('channel')
      const poisoned = { epoch: 1, seq: 900 }
      await routing().advance(step({ heads: [{ channelId, ...poisoned }] }))
      await routing().correctHead(channelId, { epoch: 1, seq: 899 }, { epoch: 1, seq: 5 })
      await routing().correctHead(channelId, { epoch: 2, seq: 900 }, { epoch: 1, seq: 5 })
      await routing().correctHead(fresh('channel'), poisoned, { epoch: 1, seq: 5 })
      expect(await headOf(channelId)).toEqual(poisoned)
      await routing().correctHead(channelId, poisoned, { epoch: 1, seq: 5 })
      expect(await headOf(channelId)).toEqual({ epoch: 1, seq: 5 })
      await routing().correctHead(channelId, { epoch: 1, seq: 5 }, null)
      expect(await headOf(channelId)).toBeNull()
      await routing().correctHead(channelId, poisoned, { epoch: 1, seq: 6 })
      expect(await headOf(channelId)).toBeNull()
    })
  })

  describe('a head read from a row', () => {
    it('sets the head of a row where none is known, and never replaces a known one by it', async () => {
      const channelId = fresh('channel')
      await routing().correctHead(channelId, null, { epoch: 1, seq: 5 })
      expect(await headOf(channelId)).toEqual({ epoch: 1, seq: 5 })
      await routing().correctHead(channelId, null, { epoch: 1, seq: 4 })
      await routing().correctHead(channelId, null, { epoch: 1, seq: 9 })
      expect(await headOf(channelId)).toEqual({ epoch: 1, seq: 5 })
    })
  })

  describe('freshness', () => {
    const isFresh = async (partition: number): Promise<boolean> => {
      const channelId = fresh('channel')
      const views = await routing().addInterest(fresh('reader'), [{ channelId, partition }])
      return views.get(channelId)?.fresh ?? false
    }
    const partition = (): number => 1_000 + Math.floor(Math.random() * 1e9)

    it('marks a partition as fresh for a limited time after its dispatcher vouched for it', async () => {
      const { freshnessMs, pass } = current()
      const [vouched, other] = [partition(), partition()]
      expect(await isFresh(vouched)).toBe(false)
      await routing().advance(step({ partition: vouched, fresh: true }))
      expect(await isFresh(vouched)).toBe(true)
      expect(await isFresh(other)).toBe(false)
      await pass(freshnessMs * 1.2)
      expect(await isFresh(vouched)).toBe(false)
    })

    it('does not renew the freshness of a partition whose dispatcher owes heads', async () => {
      const { freshnessMs, pass } = current()
      const owing = partition()
      await routing().advance(step({ partition: owing, fresh: true }))
      await pass(freshnessMs * 0.6)
      await routing().advance(step({ partition: owing, fresh: false }))
      expect(await isFresh(owing)).toBe(true)
      await pass(freshnessMs * 0.6)
      expect(await isFresh(owing)).toBe(false)
    })

    it('lets no lower generation renew the freshness that a higher one has set', async () => {
      const { freshnessMs, pass } = current()
      const held = partition()
      await routing().advance(step({ partition: held, generation: 5, fresh: true }))
      await pass(freshnessMs * 0.6)
      await routing().advance(step({ partition: held, generation: 4, fresh: true }))
      await pass(freshnessMs * 0.6)
      expect(await isFresh(held)).toBe(false)
      await routing().advance(step({ partition: held, generation: 4, fresh: true }))
      expect(await isFresh(held)).toBe(true)
    })
  })
}

function step(changes: Partial<AdvanceStep>): AdvanceStep {
  return { partition: 0, generation: 1, fresh: false, heads: [], changedUsers: [], ...changes }
}
