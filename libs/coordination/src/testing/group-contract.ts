import { describe, expect, it } from '@jest/globals'
import type { Coordination } from '../coordination.ts'
import type { CoordinationFixture } from './coordination-fixture.ts'
import { Latest } from './latest.ts'

type Members = ReadonlyMap<string, string>

export function describeGroups({ session, fresh }: CoordinationFixture): void {
  const watched = async (by: Coordination, group: string): Promise<Latest<Members>> => {
    const members = new Latest<Members>()
    await by.watchMembers(group, members.set)
    return members
  }

  describe('a group', () => {
    it('calls a watcher with the present members before the watch has resolved', async () => {
      const group = fresh('group')
      const a = await session('a')
      await a.join(group, 'server-1', 'load=1')
      const seen = new Latest<Members>()
      await (await session('b')).watchMembers(group, seen.set)
      expect(seen.value).toEqual(new Map([['server-1', 'load=1']]))
    })

    it('has no members before one joins', async () => {
      const members = await watched(await session('a'), fresh('group'))
      expect(members.value).toEqual(new Map())
    })

    it('shows every session which members join, change and leave', async () => {
      const group = fresh('group')
      const [a, b] = [await session('a'), await session('b')]
      const [seenByA, seenByB] = [await watched(a, group), await watched(b, group)]
      const membership = await a.join(group, 'server-1', 'load=1')
      await b.join(group, 'server-2', 'load=2')
      for (const seen of [seenByA, seenByB]) {
        const members = await seen.until((value) => value.size === 2)
        expect(Object.fromEntries(members)).toEqual({ 'server-1': 'load=1', 'server-2': 'load=2' })
      }
      await membership.update('load=9')
      await seenByB.until((value) => value.get('server-1') === 'load=9')
      await membership.leave()
      await seenByB.until((value) => !value.has('server-1'))
      await seenByA.until((value) => value.size === 1 && value.has('server-2'))
    })

    it('keeps the data of a member unchanged with any characters', async () => {
      const group = fresh('group')
      const data = JSON.stringify({ host: 'ünï😀', load: 0.25, text: '"\\\u0000' })
      const a = await session('a')
      await a.join(group, 'server-1', data)
      expect((await watched(a, group)).value?.get('server-1')).toBe(data)
    })

    it('removes the members of a session that ends, and no others', async () => {
      const group = fresh('group')
      const [a, b] = [await session('a'), await session('b')]
      await a.join(group, 'server-1', '')
      await a.join(group, 'server-2', '')
      await b.join(group, 'server-3', '')
      const members = await watched(b, group)
      await members.until((value) => value.size === 3)
      await a.close()
      const left = await members.until((value) => value.size === 1)
      expect([...left.keys()]).toEqual(['server-3'])
    })

    it('does not show members of another group', async () => {
      const a = await session('a')
      const group = fresh('group')
      const members = await watched(a, group)
      const others = await watched(a, fresh('other'))
      await a.join(group, 'server-1', '')
      await members.until((value) => value.size === 1)
      expect(others.value).toEqual(new Map())
    })

    it('gives a name to the last session that joins with it, and ignores its first owner', async () => {
      const group = fresh('group')
      const [a, b] = [await session('a'), await session('b')]
      const earlier = await a.join(group, 'server-1', 'first life')
      await b.join(group, 'server-1', 'second life')
      const members = await watched(b, group)
      await members.until((value) => value.get('server-1') === 'second life')
      await earlier.update('ghost')
      await earlier.leave()
      await a.close()
      await b.join(group, 'witness', '')
      const after = await members.until((value) => value.has('witness'))
      expect(after.get('server-1')).toBe('second life')
    })

    it('does not call a watcher that has stopped', async () => {
      const group = fresh('group')
      const a = await session('a')
      const gone = new Latest<Members>()
      const stop = await a.watchMembers(group, gone.set)
      stop()
      const before = gone.count
      const witness = await watched(a, group)
      await a.join(group, 'server-1', '')
      await witness.until((value) => value.size === 1)
      expect(gone.count).toBe(before)
    })

    it('lets a member leave twice', async () => {
      const a = await session('a')
      const membership = await a.join(fresh('group'), 'server-1', '')
      await membership.leave()
      await expect(membership.leave()).resolves.toBeUndefined()
    })

    it('refuses data of a member over 4 KiB', async () => {
      const a = await session('a')
      const group = fresh('group')
      await expect(a.join(group, 'large', 'ü'.repeat(2_100))).rejects.toMatchObject({
        code: 'too_large',
      })
      const membership = await a.join(group, 'fits', 'x'.repeat(4_096))
      await expect(membership.update('x'.repeat(4_097))).rejects.toMatchObject({
        code: 'too_large',
      })
    })
  })

  describe('a session', () => {
    it('is connected while the session lives', async () => {
      expect((await session('a')).state).toBe('connected')
    })

    it('refuses every call on a closed session', async () => {
      const a = await session('a')
      await a.close()
      await a.close()
      expect(a.state).toBe('lost')
      const unavailable = { code: 'unavailable' }
      await expect(a.join(fresh('group'), 'm', '')).rejects.toMatchObject(unavailable)
      await expect(a.watchMembers(fresh('group'), () => undefined)).rejects.toMatchObject(
        unavailable,
      )
      await expect(a.elect(fresh('e'), 'c', async () => undefined)).rejects.toMatchObject(
        unavailable,
      )
      await expect(a.leaderOf(fresh('e'))).rejects.toMatchObject(unavailable)
    })
  })
}
