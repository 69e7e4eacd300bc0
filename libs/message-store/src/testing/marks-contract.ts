import { describe, expect, it } from '@jest/globals'
import type { MessageStore } from '../message-store.ts'
import { type CurrentStore, fresh } from './store-under-test.ts'

export function describeMarks(current: CurrentStore): void {
  const store = (): MessageStore => current().store

  describe('read marks', () => {
    it('has no read mark at first, and only moves it forward', async () => {
      const [username, channelId] = [fresh('ann'), fresh('channel')]
      expect(await store().mark(username, channelId)).toBeNull()
      for (const [seq, messageNumber] of [
        [5, 4],
        [9, 7],
        [7, 6],
        [9, 1],
      ] as const)
        await store().advanceMarks([{ username, channelId, seq, messageNumber }])
      expect(await store().mark(username, channelId)).toEqual({ seq: 9, messageNumber: 7 })
    })

    it('keeps the highest of several read marks in one call, in any order', async () => {
      const [username, channelId] = [fresh('ann'), fresh('channel')]
      await store().advanceMarks(
        [3, 8, 6].map((seq) => ({ username, channelId, seq, messageNumber: seq })),
      )
      expect(await store().mark(username, channelId)).toEqual({ seq: 8, messageNumber: 8 })
    })

    it('keeps read marks per user and channel, and reads those of 1,000 channels together', async () => {
      const [username, other] = [fresh('ann'), fresh('bob')]
      const ids = Array.from({ length: 1_000 }, () => fresh('channel'))
      await store().advanceMarks([
        ...ids.map((channelId, i) => ({ username, channelId, seq: i + 1, messageNumber: i })),
        { username: other, channelId: ids[0] ?? '', seq: 900, messageNumber: 900 },
      ])
      const marks = await store().marksOf(username)
      expect(marks.size).toBe(1_000)
      expect(marks.get(ids[0] ?? '')).toEqual({ seq: 1, messageNumber: 0 })
      expect(marks.get(ids[999] ?? '')).toEqual({ seq: 1_000, messageNumber: 999 })
      expect(await store().marksOf(fresh('nobody'))).toEqual(new Map())
    })
  })

  describe('a consumer’s cursor', () => {
    it('reads a cursor as 0 at first, and only moves it forward', async () => {
      const key = { channelId: fresh('channel'), username: 'ann', name: 'indexer' }
      expect(await store().cursor(key)).toBe(0)
      for (const seq of [4, 9, 6]) await store().advanceCursor(key, seq)
      expect(await store().cursor(key)).toBe(9)
    })

    it('keeps a separate cursor for each channel, user and name', async () => {
      const key = { channelId: fresh('channel'), username: 'ann', name: 'indexer' }
      await store().advanceCursor(key, 4)
      expect(await store().cursor({ ...key, name: 'other' })).toBe(0)
      expect(await store().cursor({ ...key, username: 'bob' })).toBe(0)
      expect(await store().cursor({ ...key, channelId: fresh('channel') })).toBe(0)
    })
  })

  describe('a closed store', () => {
    it('refuses reads and writes as unavailable after it was closed, and may be closed twice', async () => {
      const closed = store()
      await closed.close()
      await closed.close()
      const unavailable = { code: 'unavailable', retryable: true }
      await expect(closed.mark('ann', 'channel')).rejects.toMatchObject(unavailable)
      await expect(closed.advanceMarks([])).rejects.toMatchObject(unavailable)
    })
  })
}
