import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Store, TimelineItem, TimelineSnapshot } from '../src/store/index.ts'
import { FakeServer } from '../src/testing/index.ts'
import type { FakeChannel } from '../src/testing/index.ts'
import { fakeLocks, openTab, until } from '../src/testing/store-world.ts'

describe('a timeline', () => {
  let server: FakeServer
  let store: Store
  let channel: FakeChannel

  beforeEach(async () => {
    server = await FakeServer.start()
    for (const name of ['ada', 'bob']) {
      server.chat.users.set(name, { password: 'secret-1', displayName: name })
    }
    channel = server.chat.open({ name: 'Team', members: ['ada', 'bob'] })
    store = openTab(server, 'ada', { locks: fakeLocks() })
  })

  afterEach(async () => {
    await store.forget()
    await server.close()
  })

  const say = (count: number, from = 1) => {
    for (let n = from; n < from + count; n++) server.chat.say(channel, 'bob', `line ${n}`)
  }
  const push = (content: string) => {
    const event = server.chat.say(channel, 'bob', content)
    server.toUsers(['ada', 'bob'], event)
    return event
  }
  const seqs = ({ items }: TimelineSnapshot) =>
    items.flatMap((item) => ('seq' in item ? [item.seq] : []))
  const contents = (items: readonly TimelineItem[]) =>
    items.flatMap((item) => (item.kind === 'message' ? [item.message.content] : []))
  const isWhole = ({ items, completeUpTo, head }: TimelineSnapshot) =>
    completeUpTo === head && head > 0 && !items.some(({ kind }) => kind === 'hole')

  it('shows the newest messages and says that nothing is missing up to the head', async () => {
    say(250)
    const shown = await until(store.timeline(channel.channelId), isWhole)
    expect(seqs(shown)).toEqual(Array.from({ length: 100 }, (_, index) => 152 + index))
    expect(shown).toMatchObject({ hasOlder: true, hasNewer: false, following: true, head: 251 })
  })

  it('keeps at most 200 items while older pages are loaded, and comes back to the end', async () => {
    say(420)
    const timeline = store.timeline(channel.channelId)
    await until(timeline, isWhole)
    for (let page = 0; page < 3; page++) await timeline.loadOlder()
    const older = timeline.getSnapshot()
    expect(seqs(older)).toEqual(Array.from({ length: 200 }, (_, index) => 22 + index))
    expect(older).toMatchObject({ hasNewer: true, following: false })
    push('far below')
    await until(timeline, ({ head }) => head === 422)
    expect(contents(timeline.getSnapshot().items)).not.toContain('far below')
    await timeline.loadLatest()
    expect(contents(timeline.getSnapshot().items)).toContain('far below')
    expect(timeline.getSnapshot().following).toBe(true)
  })

  it('loads the surroundings of a seq, and pages from there to the end', async () => {
    say(300)
    const timeline = store.timeline(channel.channelId)
    await until(timeline, isWhole)
    await timeline.loadAround(100)
    expect(seqs(timeline.getSnapshot())).toEqual(Array.from({ length: 101 }, (_, i) => 50 + i))
    await timeline.loadNewer()
    await timeline.loadNewer()
    expect(seqs(timeline.getSnapshot()).at(-1)).toBe(301)
    expect(timeline.getSnapshot().following).toBe(true)
  })

  it('shows lost events as a hole until they are there', async () => {
    say(5)
    const timeline = store.timeline(channel.channelId)
    await until(timeline, isWhole)
    server.chat.say(channel, 'bob', 'lost')
    let held: (() => void)[] = []
    server.onFrame = (frame, socket) => {
      if (frame.type !== 'sync') return false
      held.push(() => {
        server.onFrame = () => false
        for (const [channelId, last] of Object.entries(frame.channels)) {
          socket.send({
            type: 'sync_result',
            epoch: server.chat.epoch,
            channels: {
              [channelId]: {
                events: channel.events.slice(last),
                head: channel.events.length,
                more: false,
              },
            },
            ...(frame.requestId !== undefined && { requestId: frame.requestId }),
          })
        }
      })
      return true
    }
    server.toUsers(['ada'], { type: 'channel_head', channelId: channel.channelId, head: 7 })
    const holed = await until(timeline, ({ items }) => items.some(({ kind }) => kind === 'hole'))
    expect(holed.items.at(-1)).toMatchObject({ kind: 'hole', from: 7, to: 7 })
    expect(holed.completeUpTo).toBe(6)
    await server.until(() => held.length > 0)
    for (const answer of held.splice(0)) answer()
    const whole = await until(timeline, isWhole)
    expect(contents(whole.items).at(-1)).toBe('lost')
    held = []
  })

  it('shows messages as they are now', async () => {
    say(3)
    const { channelId } = channel
    const done = server.chat.done('bob')
    server.chat.append(channel, { type: 'message_edited', targetSeq: 2, content: 'new', ...done })
    server.chat.append(channel, { type: 'message_deleted', targetSeq: 3, ...done })
    const timeline = store.timeline(channelId)
    await until(timeline, isWhole)
    expect(contents(timeline.getSnapshot().items)).toEqual(['new', undefined, 'line 3'])
    const event = { type: 'reaction_added', targetSeq: 4, emoji: '👍', ...done } as const
    server.toUsers(['ada'], server.chat.append(channel, event))
    const shown = await until(timeline, ({ head }) => head === 7)
    expect(shown.items.at(-1)).toMatchObject({ message: { reactions: { '👍': ['bob'] } } })
  })

  it('goes on to load when a page has nothing to show', async () => {
    say(10)
    const done = server.chat.done('bob')
    for (let n = 0; n < 150; n++) {
      const type = n % 2 === 0 ? 'reaction_added' : 'reaction_removed'
      server.chat.append(channel, { type, targetSeq: 2, emoji: '👍', ...done })
    }
    const shown = await until(
      store.timeline(channel.channelId),
      (snapshot) => isWhole(snapshot) && !snapshot.hasOlder,
    )
    expect(contents(shown.items)).toHaveLength(10)
  })

  it('keeps the divider before the first unread message until the channel is left', async () => {
    say(4)
    channel.marks.set('ada', 3)
    const timeline = store.timeline(channel.channelId)
    const opened = await until(timeline, isWhole)
    expect(opened.unreadFrom).toBe(4)
    await timeline.markRead(5)
    await until(store.channels, ({ unread }) => unread === 0)
    expect(timeline.getSnapshot().unreadFrom).toBe(4)
    timeline.leave()
    const again = await until(store.timeline(channel.channelId), isWhole)
    expect(again.unreadFrom).toBeNull()
  })

  it('shows an own message at once, and keeps its key when it is stored', async () => {
    const timeline = store.timeline(channel.channelId)
    await until(timeline, isWhole)
    const keys = new Set<string>()
    const kinds: string[] = []
    timeline.subscribe(() => {
      const last = timeline.getSnapshot().items.at(-1)
      if (last === undefined) return
      kinds.push(last.kind)
      if (last.kind !== 'system') keys.add(last.key)
    })
    const { localId, durable } = await store.send(channel.channelId, 'mine')
    expect(durable).toBe(true)
    await until(timeline, ({ items }) => items.at(-1)?.kind === 'message')
    expect(kinds[0]).toBe('unsent')
    expect([...keys]).toEqual([localId])
    expect((await until(store.outbox, ({ items }) => items.length === 0)).durable).toBe(true)
  })

  it('shows a refused message as failed, and sends it again on demand', async () => {
    const timeline = store.timeline(channel.channelId)
    await until(timeline, isWhole)
    server.onSend = (frame) =>
      frame.type === 'message_ack'
        ? [{ type: 'error', code: 'forbidden', message: 'muted', requestId: frame.requestId }]
        : frame.type === 'chat_message'
          ? []
          : [frame]
    await store.send(channel.channelId, 'shout')
    const failed = await until(timeline, ({ items }) => {
      const last = items.at(-1)
      return last?.kind === 'unsent' && last.state === 'failed'
    })
    const item = failed.items.at(-1)
    expect(item).toMatchObject({ error: { code: 'forbidden' }, content: 'shout' })
    server.onSend = (frame) => [frame]
    if (item?.kind === 'unsent') item.discard()
    await until(store.outbox, ({ items }) => items.length === 0)
    expect(timeline.getSnapshot().items.some(({ kind }) => kind === 'unsent')).toBe(false)
  })
})
