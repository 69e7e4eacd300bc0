import { type ChannelKind, listKey, lookKeys, wordPrefix } from '@rookery/domain'
import { describe, expect, it } from '@jest/globals'
import type { MemberRow, MessageStore, TurnWrites } from '../message-store.ts'
import { awkwardText } from './rows-contract.ts'
import { type CurrentStore, fresh } from './store-under-test.ts'
import { at, headAt, messageEvent, writes } from './writes.ts'

export function describeProjections(current: CurrentStore): void {
  const store = (): MessageStore => current().store
  const create = (
    channelId: string,
    kind: ChannelKind,
    name: { name: string; nameKey: string; indexKeys?: readonly string[] } | null,
  ): TurnWrites =>
    writes({
      heads: [{ channelId, seq: 1, messageNumber: 0, position: at(10) }],
      channels: [
        {
          channelId,
          position: at(10),
          created: {
            kind,
            createdBy: 'ann',
            createdAtMs: 1_700_000_000_000,
            nameKey: name?.nameKey ?? null,
          },
          name: name?.name ?? null,
          ...(name?.indexKeys === undefined ? {} : { indexKeys: name.indexKeys }),
        },
      ],
    })

  describe('a channel', () => {
    it('reads back a channel as it was created, with its head and the head’s log position', async () => {
      const channelId = fresh('channel')
      await store().write(create(channelId, 'direct', null))
      expect(await store().channel(channelId)).toEqual({
        channelId,
        kind: 'direct',
        name: null,
        nameKey: null,
        topic: null,
        createdBy: 'ann',
        createdAtMs: 1_700_000_000_000,
        head: 1,
        messageNumber: 0,
        headPosition: at(10),
      })
      expect(await store().channel(fresh('unknown'))).toBeNull()
    })

    it('shows a channel only after its creation and its first head are stored', async () => {
      const [created, headed] = [fresh('channel'), fresh('channel')]
      const nameKey = fresh('lobby')
      const name = { name: 'lobby', nameKey, indexKeys: [nameKey] }
      await store().write({ ...create(created, 'public', name), heads: [] })
      await store().write({ ...create(headed, 'public', name), channels: [] })
      expect(await store().channel(created)).toBeNull()
      expect(await store().channel(headed)).toBeNull()
      expect(await store().channels([created, headed])).toEqual(new Map())
      expect(await store().publicNames({ prefix: nameKey, limit: 9 })).toEqual([])
    })

    it('updates name and topic of a channel, each by its own version', async () => {
      const channelId = fresh('channel')
      await store().write(create(channelId, 'group', null))
      await store().write(
        writes({
          channels: [
            { channelId, position: at(50), name: awkwardText },
            { channelId, position: at(40), topic: 'topic at 40', name: 'name at 40' },
            { channelId, position: at(30), topic: 'topic at 30' },
          ],
        }),
      )
      expect(await store().channel(channelId)).toMatchObject({
        name: awkwardText,
        topic: 'topic at 40',
      })
    })

    it('keeps the highest head of a channel', async () => {
      const channelId = fresh('channel')
      await store().write(create(channelId, 'group', null))
      const heads = [5, 9, 7].map((seq) => headAt(messageEvent(channelId, seq)))
      for (const head of heads) await store().write(writes({ heads: [head] }))
      expect(await store().channel(channelId)).toMatchObject({
        head: 9,
        messageNumber: 9,
        headPosition: at(90),
      })
    })

    it('reads 1,000 channels in one call, and leaves out those that do not exist', async () => {
      const ids = Array.from({ length: 1_000 }, () => fresh('channel'))
      const known = ids.filter((_, index) => index % 3 !== 0)
      await Promise.all(
        known.map((channelId) =>
          store().write(create(channelId, 'group', { name: channelId, nameKey: channelId })),
        ),
      )
      const found = await store().channels(ids)
      expect([...found.keys()].sort()).toEqual([...known].sort())
      expect(found.get(known[7] ?? '')?.name).toBe(known[7])
      expect(await store().channels([])).toEqual(new Map())
    })
  })

  describe('public names', () => {
    it('lists the public names with a prefix by key, in pages', async () => {
      const prefix = fresh('n:lobby')
      const keys = ['', ' 1', ' 2', 'a', 'é', '\u{1F600}'].map((end) => prefix + end)
      for (const key of keys)
        await store().write(
          create(fresh('p'), 'public', { name: key, nameKey: key, indexKeys: [key, `w:${key}`] }),
        )
      await store().write(create(fresh('g'), 'group', { name: prefix, nameKey: `${prefix}-g` }))
      const other = fresh('n:other')
      await store().write(
        create(fresh('p'), 'public', { name: 'x', nameKey: other, indexKeys: [other] }),
      )
      const all = await store().publicNames({ prefix, limit: 100 })
      expect(all.map(({ entry }) => entry.key)).toEqual(keys)
      expect(all.map(({ channel }) => channel.name)).toEqual(keys)
      const pages = []
      let page = await store().publicNames({ prefix, limit: 4 })
      for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
        pages.push(page.map(({ entry }) => entry.key))
        page = await store().publicNames({ prefix, after: last.entry, limit: 4 })
      }
      expect(pages).toEqual([keys.slice(0, 4), keys.slice(4)])
    })

    it('orders channels with the same public name by channelId, even across pages', async () => {
      const key = fresh('l:twin')
      const ids = [fresh('p'), fresh('p'), fresh('p')].sort()
      for (const channelId of ids)
        await store().write(
          create(channelId, 'public', { name: key, nameKey: channelId, indexKeys: [key] }),
        )
      const found = []
      let page = await store().publicNames({ prefix: key, limit: 1 })
      for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
        found.push(last.entry.channelId)
        page = await store().publicNames({ prefix: key, after: last.entry, limit: 1 })
      }
      expect(found).toEqual(ids)
    })

    it('keeps the old entries of a channel in the index of public names when it is renamed', async () => {
      const channelId = fresh('p')
      const [before, after] = [fresh('n:before'), fresh('n:after')]
      await store().write(
        create(channelId, 'public', { name: before, nameKey: before, indexKeys: [before] }),
      )
      const renamed = { channelId, position: at(20), name: after, indexKeys: [after] }
      await store().write(writes({ channels: [renamed] }))
      for (const prefix of [before, after]) {
        const [found] = await store().publicNames({ prefix, limit: 9 })
        expect(found?.channel).toMatchObject({ channelId, name: after })
      }
    })

    it('adds public channels that an older release wrote without entries to the index of names', async () => {
      const name = fresh('Grand Ballroom')
      const channelId = fresh('p')
      await store().write(create(channelId, 'public', { name, nameKey: name.toLowerCase() }))
      const prefixes = [listKey(name), wordPrefix('ballroom'), ...lookKeys(name)]
      const idsUnder = async (prefix: string): Promise<string[]> =>
        (await store().publicNames({ prefix, limit: 100 })).map(({ entry }) => entry.channelId)
      for (const prefix of prefixes) expect(await idsUnder(prefix)).not.toContain(channelId)
      await store().enterPublicNames()
      await store().enterPublicNames()
      for (const prefix of prefixes) expect(await idsUnder(prefix)).toContain(channelId)
    })
  })

  describe('members', () => {
    const member = (
      channelId: string,
      username: string,
      offset: number,
      change: { present?: boolean; role?: MemberRow['role'] },
    ): TurnWrites => writes({ members: [{ channelId, username, position: at(offset), ...change }] })

    it('reads a single member, including one who left, but no user who never joined', async () => {
      const channelId = fresh('channel')
      await store().write(member(channelId, 'ann', 10, { present: true, role: 'owner' }))
      await store().write(member(channelId, 'bob', 20, { present: true, role: 'member' }))
      await store().write(member(channelId, 'bob', 30, { present: false }))
      await store().write(member(channelId, 'eve', 40, { role: 'admin' }))
      expect(await store().member(channelId, 'ann')).toEqual({
        channelId,
        username: 'ann',
        present: true,
        role: 'owner',
        presentPosition: at(10),
      })
      expect(await store().member(channelId, 'bob')).toMatchObject({
        present: false,
        presentPosition: at(30),
      })
      expect(await store().member(channelId, 'eve')).toBeNull()
      expect(await store().member(fresh('channel'), 'ann')).toBeNull()
    })

    it('versions presence and role apart: a role given to a user who has left makes no member', async () => {
      const channelId = fresh('channel')
      await store().write(member(channelId, 'bob', 10, { present: true, role: 'member' }))
      await store().write(member(channelId, 'bob', 20, { present: false }))
      await store().write(member(channelId, 'bob', 30, { role: 'admin' }))
      expect(await store().member(channelId, 'bob')).toMatchObject({ present: false })
      await store().write(member(channelId, 'bob', 15, { present: true, role: 'owner' }))
      expect(await store().member(channelId, 'bob')).toMatchObject({
        present: false,
        role: 'admin',
        presentPosition: at(20),
      })
    })

    it('lists and counts only present members, by username and in pages', async () => {
      const channelId = fresh('channel')
      const names = ['ann', 'ann-2', 'ann.2', 'ann_2', 'bob', 'zoe']
      for (const name of [...names, 'gone'])
        await store().write(member(channelId, name, 10, { present: true, role: 'member' }))
      await store().write(member(channelId, 'gone', 20, { present: false }))
      const page = async (limit: number, after?: string): Promise<string[]> =>
        (
          await store().members(channelId, { limit, ...(after === undefined ? {} : { after }) })
        ).map((row) => row.username)
      expect(await page(100)).toEqual(names)
      expect(await page(4)).toEqual(names.slice(0, 4))
      expect(await page(100, 'ann_2')).toEqual(['bob', 'zoe'])
      expect(await page(100, 'zoe')).toEqual([])
      expect(await store().memberCount(channelId)).toBe(6)
    })

    it('counts a member once, after any number of joins and departures', async () => {
      const channelId = fresh('channel')
      for (const [offset, present] of [
        [10, true],
        [10, true],
        [20, false],
        [15, true],
        [20, false],
        [30, true],
        [25, false],
      ] as const)
        await store().write(member(channelId, 'bob', offset, { present }))
      await store().write(member(channelId, 'never', 10, { role: 'admin' }))
      expect(await store().memberCount(channelId)).toBe(1)
      await store().write(member(channelId, 'bob', 40, { present: false }))
      expect(await store().memberCount(channelId)).toBe(0)
      expect(await store().memberCount(fresh('unknown'))).toBe(0)
    })

    it('counts the members of 1,000 channels in one call, 0 for empty ones', async () => {
      const ids = Array.from({ length: 1_000 }, () => fresh('channel'))
      const members = ids.flatMap((channelId, index) =>
        ['ann', 'bob', 'zoe']
          .slice(0, index % 4)
          .map((username) => ({ channelId, username, position: at(10), present: true })),
      )
      await store().write(writes({ members }))
      const counts = await store().memberCounts(ids)
      expect(ids.map((channelId) => counts.get(channelId))).toEqual(ids.map((_, i) => i % 4))
    })

    it('lists the 1,000 channels of a user in pages by channelId', async () => {
      const username = fresh('ann')
      const ids = Array.from({ length: 1_000 }, () => fresh('channel')).sort()
      const former = fresh('channel')
      await store().write(
        writes({
          members: [...ids, former].map((channelId) => ({
            channelId,
            username,
            position: at(10),
            present: true,
            role: 'member',
          })),
        }),
      )
      await store().write(member(former, username, 20, { present: false }))
      const all = await store().channelsOf(username, { limit: 2_000 })
      expect(all.map((row) => row.channelId)).toEqual(ids)
      expect(all[0]).toEqual({
        channelId: ids[0],
        username,
        present: true,
        role: 'member',
        presentPosition: at(10),
      })
      const page = await store().channelsOf(username, { after: ids[499] ?? '', limit: 3 })
      expect(page.map((row) => row.channelId)).toEqual(ids.slice(500, 503))
      expect(await store().channelsOf(fresh('nobody'), { limit: 10 })).toEqual([])
    })
  })
}
