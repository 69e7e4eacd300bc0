import { describe, expect, it } from '@jest/globals'
import type { MessageStore, TurnWrites } from '../message-store.ts'
import { awkwardText } from './rows-contract.ts'
import { type CurrentStore, fresh } from './store-under-test.ts'
import { at, channelOfMessages, editOf, firstText, messageEvent, writes } from './writes.ts'

export function describeMessages(current: CurrentStore): void {
  const store = (): MessageStore => current().store

  describe('messages', () => {
    const seqs = async (
      channelId: string,
      page: Parameters<MessageStore['messages']>[1],
    ): Promise<number[]> => (await store().messages(channelId, page)).map((row) => row.seq)

    it('reads ascending pages of messages: the newest, those before a seq, those after a seq', async () => {
      const channelId = fresh('channel')
      const turn = channelOfMessages(channelId, 12)
      // The seqs 3, 6, 9 and 12 are events of another kind.
      await store().write({ ...turn, texts: turn.texts.filter((text) => text.seq % 3 !== 0) })
      expect(await seqs(channelId, { limit: 3 })).toEqual([8, 10, 11])
      expect(await seqs(channelId, { before: 8, limit: 3 })).toEqual([4, 5, 7])
      expect(await seqs(channelId, { before: 1, limit: 3 })).toEqual([])
      expect(await seqs(channelId, { after: 5, limit: 3 })).toEqual([7, 8, 10])
      expect(await seqs(channelId, { after: 0, limit: 2 })).toEqual([1, 2])
      expect(await seqs(channelId, { after: 11, limit: 3 })).toEqual([])
    })

    it('reads back a message as it was sent', async () => {
      const channelId = fresh('channel')
      const row = messageEvent(channelId, 4, {
        text: { content: awkwardText, metadata: { a: [awkwardText] } },
      })
      await store().write(writes({ texts: [firstText(row)] }))
      const message = {
        channelId,
        seq: 4,
        messageNumber: 4,
        user: 'ann',
        sentAtMs: row.sentAtMs,
        session: 'laptop',
        clientSeq: 8,
        text: row.text,
        editedAtMs: null,
        deletedAtMs: null,
        deletedPosition: null,
        editSeqs: [],
        reactions: new Map(),
      }
      expect(await store().message(channelId, 4)).toEqual(message)
      expect(await store().messages(channelId, { limit: 5 })).toEqual([message])
      expect(await store().message(channelId, 5)).toBeNull()
    })

    it('shows the edit with the highest log position, and lists the seqs of all edits', async () => {
      const channelId = fresh('channel')
      const row = messageEvent(channelId, 1)
      const edit = (seq: number): TurnWrites =>
        writes({
          texts: [
            editOf(channelId, 1, { seq, position: at(10 * seq), text: { content: `edit ${seq}` } }),
          ],
        })
      await store().write(edit(4))
      expect(await store().message(channelId, 1)).toBeNull()
      expect(await store().messages(channelId, { limit: 10 })).toEqual([])
      await store().write(writes({ texts: [firstText(row)] }))
      await store().write(edit(12))
      await store().write(edit(3))
      expect(await store().message(channelId, 1)).toMatchObject({
        text: { content: 'edit 12' },
        editedAtMs: 1_700_000_000_012,
        sentAtMs: row.sentAtMs,
        user: 'ann',
        editSeqs: [3, 4, 12],
      })
    })

    it('lists a deleted message without its text, even if an edit is written later', async () => {
      const channelId = fresh('channel')
      await store().write(channelOfMessages(channelId, 2))
      const deletion = { channelId, seq: 1, position: at(50), deletedAtMs: 1_700_000_000_050 }
      await store().write(writes({ deletions: [deletion] }))
      await store().write(
        writes({
          texts: [
            editOf(channelId, 1, { seq: 9, position: at(90), text: { content: 'back again' } }),
          ],
        }),
      )
      const [deleted, other] = await store().messages(channelId, { limit: 10 })
      expect(deleted).toMatchObject({
        seq: 1,
        text: null,
        deletedAtMs: 1_700_000_000_050,
        deletedPosition: at(50),
        editSeqs: [9],
      })
      expect(other).toMatchObject({ text: { content: 'message 2' }, deletedAtMs: null })
    })

    it('shows a message as deleted even when the deletion is written before the message', async () => {
      const channelId = fresh('channel')
      const deletion = { channelId, seq: 1, position: at(50), deletedAtMs: 50 }
      await store().write(writes({ deletions: [deletion] }))
      expect(await store().message(channelId, 1)).toBeNull()
      await store().write(writes({ texts: [firstText(messageEvent(channelId, 1))] }))
      expect(await store().message(channelId, 1)).toMatchObject({ text: null, deletedAtMs: 50 })
    })

    it('lists the users of each emoji, sorted, and versions each reaction separately', async () => {
      const channelId = fresh('channel')
      const reaction = (
        emoji: string,
        username: string,
        offset: number,
        present: boolean,
      ): TurnWrites['reactions'][number] => ({
        channelId,
        seq: 1,
        emoji,
        username,
        position: at(offset),
        present,
      })
      await store().write(writes({ texts: [firstText(messageEvent(channelId, 1))] }))
      await store().write(
        writes({
          reactions: [
            reaction('\u{1F44D}', 'zoe', 20, true),
            reaction('\u{1F44D}', 'ann', 30, true),
            reaction('"\\ünï', 'bob', 40, true),
            reaction('\u2764\uFE0F', 'bob', 60, false),
            reaction('\u2764\uFE0F', 'bob', 50, true),
            reaction('\u2764', 'bob', 50, true),
            // It sorts before the thumb by code points, but after it by code units.
            reaction('\uFB01', 'bob', 50, true),
          ],
        }),
      )
      const reactions = (await store().message(channelId, 1))?.reactions
      expect([...(reactions ?? [])]).toEqual([
        ['"\\ünï', ['bob']],
        ['\u2764', ['bob']],
        ['\u{1F44D}', ['ann', 'zoe']],
        ['\uFB01', ['bob']],
      ])
    })

    it('finds the newest message of each of 1,000 channels, and none in empty ones', async () => {
      const ids = Array.from({ length: 1_000 }, () => fresh('channel'))
      const texts = ids.flatMap((channelId, index) =>
        [1, 2, 3].slice(0, index % 4).map((seq) => firstText(messageEvent(channelId, seq))),
      )
      await store().write(writes({ texts }))
      // An event that is not a sent message is not shown.
      const unsent = ids[3] ?? ''
      await store().write(
        writes({ deletions: [{ channelId: unsent, seq: 9, position: at(90), deletedAtMs: 1 }] }),
      )
      const last = await store().lastMessages(ids)
      expect(ids.map((channelId) => last.get(channelId)?.seq ?? 0)).toEqual(
        ids.map((_, i) => i % 4),
      )
      expect(last.get(unsent)).toEqual(await store().message(unsent, 3))
      expect(last.size).toBe(750)
    })
  })
}
