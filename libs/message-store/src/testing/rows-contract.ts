import { describe, expect, it } from '@jest/globals'
import type { MessageStore } from '../message-store.ts'
import { type CurrentStore, fresh } from './store-under-test.ts'
import { at, channelOfMessages, headAt, messageEvent, sessionOf, writes } from './writes.ts'

/**
 * Text that simple storage damages: escapes, U+0000, characters of two and four bytes, combining
 * marks.
 */
export const awkwardText = 'a"\\\n\t\u0000b ünï \u{1F600} e\u0301 \uFFFD \u2028'

export function describeRows(current: CurrentStore): void {
  const store = (): MessageStore => current().store
  const seqsOf = async (channelId: string, after = 0, limit = 100): Promise<number[]> =>
    (await store().events(channelId, { after, limit })).map((row) => row.seq)

  describe('events', () => {
    it('reads back events as they were written', async () => {
      const channelId = fresh('channel')
      const message = messageEvent(channelId, 1, {
        text: { content: awkwardText, metadata: { [awkwardText]: [1, null, { deep: true }] } },
      })
      const joined = {
        ...messageEvent(channelId, 2),
        messageNumber: 1,
        body: { type: 'participant_joined', username: 'bob' } as const,
        text: null,
      }
      await store().write(writes({ events: [message, joined], heads: [headAt(joined)] }))
      expect(await store().events(channelId, { after: 0, limit: 10 })).toEqual([message, joined])
    })

    it('reads events after a seq in ascending order, up to the limit', async () => {
      const channelId = fresh('channel')
      await store().write(channelOfMessages(channelId, 12))
      expect(await seqsOf(channelId, 3, 4)).toEqual([4, 5, 6, 7])
      expect(await seqsOf(channelId, 9, 100)).toEqual([10, 11, 12])
      expect(await seqsOf(channelId, 12, 100)).toEqual([])
      expect(await seqsOf(channelId, 500, 100)).toEqual([])
      expect(await seqsOf(fresh('unknown'))).toEqual([])
    })

    it('reads events up to the first missing seq, even if later ones are stored', async () => {
      const channelId = fresh('channel')
      const rows = [1, 2, 4, 5].map((seq) => messageEvent(channelId, seq))
      await store().write(writes({ events: rows, heads: [headAt(messageEvent(channelId, 5))] }))
      expect(await seqsOf(channelId)).toEqual([1, 2])
      expect(await seqsOf(channelId, 2)).toEqual([])
      expect(await seqsOf(channelId, 3)).toEqual([4, 5])
      await store().write(writes({ events: [messageEvent(channelId, 3)] }))
      expect(await seqsOf(channelId)).toEqual([1, 2, 3, 4, 5])
    })

    it('reads events up to the head, even if later rows are stored', async () => {
      const channelId = fresh('channel')
      const rows = [1, 2, 3].map((seq) => messageEvent(channelId, seq))
      await store().write(writes({ events: rows }))
      expect(await seqsOf(channelId)).toEqual([])
      await store().write(writes({ heads: [headAt(messageEvent(channelId, 2))] }))
      expect(await seqsOf(channelId)).toEqual([1, 2])
    })

    it('keeps events and heads over a restart', async () => {
      const channelId = fresh('channel')
      await store().write(channelOfMessages(channelId, 3))
      const reopened = await current().reopen()
      expect(await reopened.events(channelId, { after: 0, limit: 10 })).toHaveLength(3)
      expect(await reopened.channel(channelId)).toMatchObject({ head: 3, messageNumber: 3 })
    })
  })

  describe('an erasure', () => {
    it('erases the text of one event only, even if the event is written again', async () => {
      const channelId = fresh('channel')
      const turn = channelOfMessages(channelId, 3)
      await store().write(turn)
      await store().write(writes({ erasures: [{ channelId, seq: 2, position: at(40) }] }))
      await store().write(turn)
      const rows = await store().events(channelId, { after: 0, limit: 10 })
      expect(rows.map((row) => row.text?.content ?? null)).toEqual(['message 1', null, 'message 3'])
      expect(rows[1]).toEqual({ ...messageEvent(channelId, 2), text: null })
    })

    it('erases nothing by an erasure of a lower version than its event', async () => {
      const channelId = fresh('channel')
      const row = messageEvent(channelId, 1)
      await store().write(writes({ events: [row], heads: [headAt(row)] }))
      await store().write(writes({ erasures: [{ channelId, seq: 1, position: at(9) }] }))
      expect(await store().events(channelId, { after: 0, limit: 1 })).toEqual([row])
    })

    it('does not show an erasure without its event, and blanks the event that is written later', async () => {
      const channelId = fresh('channel')
      await store().write(
        writes({
          events: [messageEvent(channelId, 1)],
          erasures: [{ channelId, seq: 2, position: at(40) }],
          heads: [headAt(messageEvent(channelId, 2))],
        }),
      )
      expect(await seqsOf(channelId)).toEqual([1])
      expect(await store().channelBase(channelId, at(1_000))).toEqual({ seq: 1, messageNumber: 1 })
      await store().write(writes({ events: [messageEvent(channelId, 2)] }))
      const rows = await store().events(channelId, { after: 1, limit: 10 })
      expect(rows).toEqual([{ ...messageEvent(channelId, 2), text: null }])
    })
  })

  describe('session rows', () => {
    it('finds a session row by its clientSeq, and only with the whole key', async () => {
      const channelId = fresh('channel')
      await store().write(channelOfMessages(channelId, 2))
      const key = { channelId, user: 'ann', session: 'laptop' }
      const row = sessionOf(messageEvent(channelId, 2))
      expect(await store().sessionRow(key, row.clientSeq)).toEqual(row)
      expect(await store().sessionRow(key, row.clientSeq + 1)).toBeNull()
      expect(await store().sessionRow({ ...key, session: 'other' }, row.clientSeq)).toBeNull()
      expect(await store().sessionRow({ ...key, user: 'bob' }, row.clientSeq)).toBeNull()
      expect(
        await store().sessionRow({ ...key, channelId: fresh('channel') }, row.clientSeq),
      ).toBeNull()
    })

    it('stores a clientSeq as large as 2^53 − 1', async () => {
      const channelId = fresh('channel')
      const row = {
        ...sessionOf(messageEvent(channelId, 1)),
        clientSeq: Number.MAX_SAFE_INTEGER,
      }
      await store().write(writes({ sessions: [row] }))
      const key = { channelId, user: 'ann', session: 'laptop' }
      expect(await store().sessionRow(key, Number.MAX_SAFE_INTEGER)).toEqual(row)
      expect(await store().sessionBase(key, at(1_000))).toBe(Number.MAX_SAFE_INTEGER)
    })
  })

  describe('the base of a fold', () => {
    it('finds the last row before a log position, with any number of rows after it', async () => {
      const channelId = fresh('channel')
      await store().write(channelOfMessages(channelId, 40))
      const key = { channelId, user: 'ann', session: 'laptop' }
      for (const [offset, seq] of [
        [0, 0],
        [10, 0],
        [11, 1],
        [20, 1],
        [205, 20],
        [400, 39],
        [401, 40],
        [9_000, 40],
      ] as const) {
        expect(await store().channelBase(channelId, at(offset))).toEqual({
          seq,
          messageNumber: seq,
        })
        expect(await store().sessionBase(key, at(offset))).toBe(2 * seq)
      }
    })

    it('reports a channel base of zero where only an erasure is stored', async () => {
      const channelId = fresh('channel')
      await store().write(writes({ erasures: [{ channelId, seq: 2, position: at(40) }] }))
      expect(await store().channelBase(channelId, at(1_000))).toEqual({ seq: 0, messageNumber: 0 })
    })

    it('takes the message number of a channel base from the row, not from the seq', async () => {
      const channelId = fresh('channel')
      const rows = [1, 2, 3].map((seq) => ({
        ...messageEvent(channelId, seq),
        messageNumber: seq - 1,
      }))
      await store().write(writes({ events: rows }))
      expect(await store().channelBase(channelId, at(25))).toEqual({ seq: 2, messageNumber: 1 })
    })

    it('compares the epochs of log positions before their offsets', async () => {
      const channelId = fresh('channel')
      const first = messageEvent(channelId, 1, { position: at(5_000, 1) })
      const second = messageEvent(channelId, 2, { position: at(3, 2) })
      await store().write(
        writes({ events: [first, second], sessions: [first, second].map(sessionOf) }),
      )
      const key = { channelId, user: 'ann', session: 'laptop' }
      expect(await store().channelBase(channelId, at(0, 2))).toMatchObject({ seq: 1 })
      expect(await store().channelBase(channelId, at(4, 2))).toMatchObject({ seq: 2 })
      expect(await store().channelBase(channelId, at(9_000, 1))).toMatchObject({ seq: 1 })
      expect(await store().sessionBase(key, at(0, 2))).toBe(first.clientSeq)
    })

    it('finds a channel base despite missing rows after the log position, which parallel writes leave', async () => {
      const channelId = fresh('channel')
      const rows = [1, 2, 3, 5, 8].map((seq) => messageEvent(channelId, seq))
      await store().write(writes({ events: rows, sessions: rows.map(sessionOf) }))
      expect(await store().channelBase(channelId, at(31))).toMatchObject({ seq: 3 })
      expect(await store().channelBase(channelId, at(30))).toMatchObject({ seq: 2 })
    })

    it('keeps the bases of channels and sessions apart', async () => {
      const [channelId, other] = [fresh('channel'), fresh('channel')]
      await store().write(channelOfMessages(channelId, 3))
      expect(await store().channelBase(other, at(1_000))).toEqual({ seq: 0, messageNumber: 0 })
      for (const key of [
        { channelId: other, user: 'ann', session: 'laptop' },
        { channelId, user: 'bob', session: 'laptop' },
        { channelId, user: 'ann', session: 'phone' },
      ])
        expect(await store().sessionBase(key, at(1_000))).toBe(0)
    })

    it('stores log positions of epoch 400 and offset 2^43 − 1', async () => {
      const channelId = fresh('channel')
      const far = at(2 ** 43 - 1, 400)
      const row = messageEvent(channelId, 1, { position: far })
      await store().write(writes({ events: [row], heads: [headAt(row)] }))
      expect(await store().events(channelId, { after: 0, limit: 1 })).toEqual([row])
      expect(await store().channelBase(channelId, far)).toMatchObject({ seq: 0 })
      expect(await store().channelBase(channelId, at(0, 401))).toMatchObject({ seq: 1 })
    })
  })

  describe('progress', () => {
    const partition = (): number => 1_000 + Math.floor(Math.random() * 1e9)

    it('reads progress as null at first, then as the latest by (epoch, next)', async () => {
      const mine = partition()
      expect(await store().progress(mine)).toBeNull()
      const start = { epoch: 1, next: 0, lastTimestampMs: null }
      await store().setProgress(mine, start)
      expect(await store().progress(mine)).toEqual(start)
      const later = { epoch: 1, next: 900, lastTimestampMs: 1_700_000_000_000 }
      await store().setProgress(mine, later)
      await store().setProgress(mine, { epoch: 1, next: 899, lastTimestampMs: 5 })
      expect(await store().progress(mine)).toEqual(later)
      const nextEpoch = { epoch: 2, next: 1, lastTimestampMs: 6 }
      await store().setProgress(mine, nextEpoch)
      await store().setProgress(mine, { epoch: 1, next: 5_000, lastTimestampMs: 7 })
      expect(await store().progress(mine)).toEqual(nextEpoch)
      expect(await store().progress(partition())).toBeNull()
    })

    it('reports that a partition has rows, even if it has no progress', async () => {
      const mine = partition()
      expect(await store().hasRows(mine)).toBe(false)
      const row = messageEvent(fresh('channel'), 1, {
        position: { epoch: 1, partition: mine, offset: 10 },
      })
      await store().write(writes({ events: [row] }))
      expect(await store().hasRows(mine)).toBe(true)
      expect(await store().hasRows(partition())).toBe(false)
    })
  })
}
