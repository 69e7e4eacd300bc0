import { describe, expect, it } from '@jest/globals'
import type { Bridge, InboxRecord } from '../bridge.ts'
import type { BridgeFixture } from './bridge-fixture.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const origin = (channelId: string, seq: number, epoch = 1) => ({ epoch, channelId, seq })

/** Collects records, and waits for a number of them. */
class Reading {
  readonly records: InboxRecord[] = []
  #check: () => void = () => undefined

  readonly take = async (record: InboxRecord): Promise<void> => {
    this.records.push(record)
    this.#check()
  }

  async until(count: number): Promise<string[]> {
    await new Promise<void>((resolve) => {
      this.#check = () => {
        if (this.records.length >= count) resolve()
      }
      this.#check()
    })
    return this.records.map(({ text }) => Buffer.from(text ?? '').toString())
  }
}

export function describeInboxes({ session, write, fresh }: BridgeFixture): void {
  const made = async (bridge: Bridge, ...names: string[]): Promise<string[]> => {
    const ids = names.map(fresh)
    await bridge.createInboxes(ids)
    return ids
  }

  describe('inboxes', () => {
    it('lists an inbox once it is made, also twice, until it is deleted', async () => {
      const bridge = await session()
      const [a = '', b = ''] = await made(bridge, 'a', 'b')
      await bridge.createInboxes([a, b])
      const there = await bridge.inboxes()
      expect([there.has(a), there.has(b)]).toEqual([true, true])
      await bridge.deleteInbox(a)
      await bridge.deleteInbox(a)
      const after = await bridge.inboxes()
      expect([after.has(a), after.has(b)]).toEqual([false, true])
    })

    it('empties an inbox that is deleted and made again', async () => {
      const bridge = await session()
      const [id = ''] = await made(bridge, 'a')
      await bridge.write(id, { sender: 'bob', text: 'old', origin: origin('c', 1) })
      await bridge.deleteInbox(id)
      await bridge.createInboxes([id])
      await bridge.write(id, { sender: 'bob', text: 'new', origin: origin('c', 2) })
      const reading = new Reading()
      const follower = bridge.follow(reading.take)
      follower.setInboxes(new Set([id]))
      await expect(reading.until(1)).resolves.toEqual(['new'])
      await follower.close()
    })

    it('hands over records after quiet periods, each once', async () => {
      const bridge = await session()
      const ids = await made(bridge, 'a', 'b', 'c')
      const reading = new Reading()
      const follower = bridge.follow(reading.take)
      follower.setInboxes(new Set(ids))
      const texts: string[] = []
      // An inbox without records for five seconds is quiet.
      for (const pauseMs of [7_000, 0, 500, 7_000, 0]) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
        texts.push(`${texts.length + 1}`)
        const id = ids[texts.length % 2] ?? ''
        const text = texts.at(-1) ?? ''
        await bridge.write(id, { sender: 'bob', text, origin: origin(id, texts.length) })
        await reading.until(texts.length)
      }
      await new Promise((resolve) => setTimeout(resolve, 500))
      await expect(reading.until(texts.length)).resolves.toEqual(texts)
      await follower.close()
    })

    it('hands over all records of workers in order, one after another, also malformed ones', async () => {
      const bridge = await session()
      const [id = ''] = await made(bridge, 'a')
      const big = Buffer.alloc(1_000_000, 'x')
      const invalid = Buffer.from([0xff, 0xfe])
      const written: [string | null, Uint8Array | null][] = [
        ['bob', bytes('one')],
        [null, bytes('two')],
        ['bob', null],
        ['bob', invalid],
        ['bob', big],
        ['bob', bytes('last')],
      ]
      for (const [sender, text] of written) await write(id, sender, text)
      const reading = new Reading()
      let atWork = 0
      const follower = bridge.follow(async (record) => {
        atWork += 1
        expect(atWork).toBe(1)
        await new Promise((resolve) => setImmediate(resolve))
        atWork -= 1
        await reading.take(record)
      })
      follower.setInboxes(new Set([id]))
      await reading.until(written.length)
      await follower.close()
      const got = reading.records.map(({ sender, text, offset }) => ({
        sender,
        text: text === null ? null : Buffer.from(text).toString('hex'),
        offset,
      }))
      expect(got).toEqual(
        written.map(([sender, text], offset) => ({
          sender,
          text: text === null ? null : Buffer.from(text).toString('hex'),
          offset,
        })),
      )
    })

    it('follows inboxes from the last record with a chosen sender, as they come and go', async () => {
      const bridge = await session()
      const [a = '', b = ''] = await made(bridge, 'a', 'b')
      for (const text of ['a0', 'a1']) await write(a, 'bob', bytes(text))
      await write(b, 'bob', bytes('b0'))
      const before = new Reading()
      const first = bridge.follow(before.take)
      first.setInboxes(new Set([a]))
      await before.until(2)
      for (const place of before.records) await bridge.chooseSender(place, 'bob')
      await first.close()
      const reading = new Reading()
      const follower = bridge.follow(reading.take)
      follower.setInboxes(new Set([a]))
      await expect(reading.until(1)).resolves.toEqual(['a1'])
      follower.setInboxes(new Set([a, b]))
      await expect(reading.until(2)).resolves.toEqual(['a1', 'b0'])
      follower.setInboxes(new Set([a]))
      await write(b, 'bob', bytes('b1'))
      await write(a, 'bob', bytes('a2'))
      await expect(reading.until(3)).resolves.toEqual(['a1', 'b0', 'a2'])
      await follower.close()
    })

    it.each([1, 2, 3])(
      'reads a recreated inbox with %i records from its start, after 2 of the old one',
      async (count) => {
        const bridge = await session()
        const [id = ''] = await made(bridge, 'a')
        const reading = new Reading()
        const follower = bridge.follow(async (record) => {
          await bridge.chooseSender(record, 'bob')
          await reading.take(record)
        })
        follower.setInboxes(new Set([id]))
        for (const text of ['old', 'old']) await write(id, 'bob', bytes(text))
        await reading.until(2)
        await bridge.deleteInbox(id)
        await bridge.createInboxes([id])
        const fresh = Array.from({ length: count }, (_, n) => `new${n}`)
        for (const text of fresh) await write(id, 'bob', bytes(text))
        await expect(reading.until(2 + count)).resolves.toEqual(['old', 'old', ...fresh])
        const [old, ...others] = new Set(reading.records.map(({ incarnation }) => incarnation))
        expect(others).toHaveLength(1)
        expect(others).not.toContain(old)
        await expect(
          bridge.chooseSender({ inbox: id, incarnation: old ?? '', offset: 2 }, 'bob'),
        ).resolves.toBeNull()
        await follower.close()
      },
      30_000,
    )

    it('hands a record over again after onRecord rejected', async () => {
      const bridge = await session()
      const [id = ''] = await made(bridge, 'a')
      for (const text of ['one', 'two']) await write(id, 'bob', bytes(text))
      const reading = new Reading()
      let failures = 1
      const follower = bridge.follow(async (record) => {
        if (failures-- > 0) throw new Error('not now')
        await reading.take(record)
      })
      follower.setInboxes(new Set([id]))
      await expect(reading.until(2)).resolves.toEqual(['one', 'two'])
      await follower.close()
    })

    it('continues with an inbox when another followed one vanishes', async () => {
      const bridge = await session()
      const [a = '', b = ''] = await made(bridge, 'a', 'b')
      const reading = new Reading()
      const follower = bridge.follow(reading.take)
      follower.setInboxes(new Set([a, b]))
      await write(a, 'bob', bytes('a0'))
      await reading.until(1)
      await bridge.deleteInbox(a)
      for (const [index, text] of ['b0', 'b1', 'b2'].entries()) {
        await write(b, 'bob', bytes(text))
        await reading.until(2 + index)
      }
      expect(await reading.until(4)).toEqual(['a0', 'b0', 'b1', 'b2'])
      await follower.close()
    })

    it('finds the last seq that was written of each channel', async () => {
      const bridge = await session()
      const [id = ''] = await made(bridge, 'a')
      await write(id, 'bob', bytes('foreign'))
      await bridge.write(id, { sender: 'bob', text: 'x', origin: origin('c1', 1) })
      await bridge.write(id, { sender: 'bob', text: 'y', origin: origin('c2', 5) })
      await bridge.write(id, { sender: 'bob', text: 'z', origin: origin('c1', 3) })
      const last = await bridge.lastWritten(id, performance.now())
      expect(new Map(last)).toEqual(
        new Map([
          ['c1', { epoch: 1, seq: 3 }],
          ['c2', { epoch: 1, seq: 5 }],
        ]),
      )
    })

    it('refuses to write to an inbox that does not exist', async () => {
      const bridge = await session()
      const record = { sender: 'bob', text: 'x', origin: origin('c', 1) }
      await expect(bridge.write(fresh('nobody'), record)).rejects.toMatchObject({
        code: 'unavailable',
      })
    })

    it('takes a large record as a dead letter', async () => {
      const bridge = await session()
      const place = { inbox: 'a', incarnation: '1', offset: 3 }
      const record = { ...place, sender: null, text: Buffer.alloc(1_000_000) }
      await expect(bridge.deadLetter(record, 'too long')).resolves.toBeUndefined()
    })
  })
}
