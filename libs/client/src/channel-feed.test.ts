import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ChannelFeed } from './channel-feed.ts'
import type { UnknownEvent } from './incoming.ts'

const event = (seq: number): UnknownEvent => ({
  type: 'unknown_event',
  wireType: 'x',
  channelId: 'c',
  seq,
})
const seqs = (events: readonly { seq: number }[]) => events.map(({ seq }) => seq)

describe('ChannelFeed', () => {
  it('delivers the next events and drops known ones', () => {
    const feed = new ChannelFeed('c', 3)
    expect(seqs(feed.take(event(4)))).toEqual([4])
    expect(seqs(feed.take(event(4)))).toEqual([])
    expect(seqs(feed.take(event(1)))).toEqual([])
    expect(feed.last).toBe(4)
    expect(feed.behind).toBe(false)
  })

  it('holds events beyond a hole until it is filled', () => {
    const feed = new ChannelFeed('c', 0)
    expect(seqs(feed.take(event(3)))).toEqual([])
    expect(feed.behind).toBe(true)
    expect(seqs(feed.take(event(1)))).toEqual([1])
    expect(seqs(feed.take(event(2)))).toEqual([2, 3])
    expect(feed.behind).toBe(false)
  })

  it('notices missing events from the head alone', () => {
    const feed = new ChannelFeed('c', 2)
    feed.noteHead(5)
    expect(feed.behind).toBe(true)
    feed.noteHead(1)
    for (const seq of [3, 4, 5]) feed.take(event(seq))
    expect(feed.behind).toBe(false)
  })

  it('holds a bounded number of events, and still notices missing ones', () => {
    const feed = new ChannelFeed('c', 0)
    for (let seq = 2; seq <= 5000; seq++) feed.take(event(seq))
    expect(feed.take(event(1)).length).toBe(1001)
    expect(feed.behind).toBe(true)
  })

  it('delivers every event once and in order, in any order of arrival', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 60 }), (order) => {
        const feed = new ChannelFeed('c', 0)
        const delivered = order.flatMap((seq) => seqs(feed.take(event(seq))))
        // A sync then brings everything, and may overlap known events.
        for (let seq = 1; seq <= 12; seq++) delivered.push(...seqs(feed.take(event(seq))))
        expect(delivered).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
        expect(feed.behind).toBe(false)
      }),
    )
  })
})
