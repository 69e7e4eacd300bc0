import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { Store } from '../src/store/index.ts'
import { FakeServer } from '../src/testing/index.ts'
import type { FakeChannel } from '../src/testing/index.ts'
import { fakeLocks, openTab, until } from '../src/testing/store-world.ts'

describe('the outbox of a browser', () => {
  let server: FakeServer
  let channel: FakeChannel
  const tabs: Store[] = []
  let locks = fakeLocks()

  beforeEach(async () => {
    server = await FakeServer.start()
    locks = fakeLocks()
    for (const name of ['ada', 'bob']) {
      server.chat.users.set(name, { password: 'secret-1', displayName: name })
    }
    channel = server.chat.open({ name: 'Team', members: ['ada', 'bob'] })
  })

  afterEach(async () => {
    jest.restoreAllMocks()
    for (const tab of tabs.splice(0)) await tab.close()
    await server.close()
  })

  const open = (options: Parameters<typeof openTab>[2] = {}): Store => {
    const tab = openTab(server, 'ada', { locks, ...options })
    tabs.push(tab)
    return tab
  }
  const connected = (tab: Store) => until(tab.connection, ({ state }) => state === 'connected')
  const sent = (tab: Store) => until(tab.outbox, ({ items }) => items.length === 0)
  const texts = () => server.chat.messages(channel).map(({ content }) => content)

  it('sends what was written before the tab was closed, once and in order', async () => {
    const first = open()
    await connected(first)
    server.onSend = (frame) =>
      frame.type === 'message_ack' || frame.type === 'chat_message' ? [] : [frame]
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`)
    for (const line of lines) await first.send(channel.channelId, line)
    await server.until(() => server.sent('chat_message').length > 0)
    await first.close()
    server.onSend = (frame) => [frame]
    const second = open()
    await connected(second)
    await sent(second)
    expect(texts()).toEqual(lines)
  })

  it('sends what was written without a connection after a restart', async () => {
    const first = open({ renew: () => Promise.reject(new Error('offline')) })
    expect(await first.send(channel.channelId, 'on the train')).toMatchObject({ durable: true })
    await first.close()
    const second = open()
    await connected(second)
    await sent(second)
    expect(texts()).toEqual(['on the train'])
  })

  it('leaves out the numbers that a run without storage may have used', async () => {
    const first = open()
    await connected(first)
    server.onFrame = (frame) => frame.type === 'chat_message'
    await first.send(channel.channelId, 'one')
    await server.until(() => server.sent('chat_message').length > 0)
    await first.close()
    server.onFrame = () => false
    const second = open()
    await connected(second)
    await sent(second)
    await second.send(channel.channelId, 'two')
    await sent(second)
    const numbers = server.sent('chat_message').map(({ clientSeq }) => clientSeq)
    expect(numbers.slice(0, 2)).toEqual([1, 1])
    expect(numbers.at(-1)).toBeGreaterThan(2 ** 20)
    expect(new Set(server.sockets.map(({ session }) => session)).size).toBe(1)
    expect(texts()).toEqual(['one', 'two'])
  })

  it('begins a new session when nothing is left to send', async () => {
    for (let run = 0; run < 2; run++) {
      const tab = open()
      await connected(tab)
      await tab.send(channel.channelId, 'same text')
      await sent(tab)
      await tab.close()
    }
    expect(texts()).toEqual(['same text', 'same text'])
    expect(new Set(server.sockets.map(({ session }) => session)).size).toBe(2)
  })

  it('says that nothing is durable when the storage is full, and sends all the same', async () => {
    const tab = open()
    await connected(tab)
    jest.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('no room', 'QuotaExceededError')
    })
    expect(await tab.send(channel.channelId, 'no room')).toMatchObject({ durable: false })
    expect(tab.outbox.getSnapshot()).toMatchObject({ durable: false, reason: 'full' })
    await sent(tab)
    expect(texts()).toEqual(['no room'])
    jest.restoreAllMocks()
    expect(await tab.send(channel.channelId, 'room')).toMatchObject({ durable: true })
    await until(tab.outbox, ({ durable }) => durable)
  })

  it.each([
    [{ keeps: false }, 'forbidden'],
    [{ locks: null }, 'no_locks'],
  ] as const)('works on in memory with %j', async (options, reason) => {
    const tab = open(options)
    await connected(tab)
    expect(await tab.send(channel.channelId, 'in memory')).toMatchObject({ durable: false })
    expect(tab.outbox.getSnapshot()).toMatchObject({ durable: false, reason })
    await sent(tab)
    expect(texts()).toEqual(['in memory'])
  })

  it('gives every tab one socket, and every tab sees the messages of the others', async () => {
    const leader = open()
    await connected(leader)
    const follower = open()
    await connected(follower)
    expect(leader.connection.getSnapshot().leads).toBe(true)
    expect(follower.connection.getSnapshot().leads).toBe(false)
    await follower.send(channel.channelId, 'from the second tab')
    await sent(follower)
    const { channelId } = channel
    const shown = await until(leader.channels, ({ list }) => list[0]?.lastMessage != null)
    expect(shown.list[0]).toMatchObject({ channelId, unread: 0 })
    expect(server.open).toHaveLength(1)
  })

  it('lets another tab take over, which sends what the first one left, once', async () => {
    const leader = open()
    await connected(leader)
    const follower = open()
    await connected(follower)
    server.onSend = (frame) => (frame.type === 'message_ack' ? [] : [frame])
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`)
    for (const [index, line] of lines.entries()) {
      await (index % 2 === 0 ? leader : follower).send(channel.channelId, line)
    }
    server.onSend = (frame) => [frame]
    await leader.close()
    await until(follower.connection, ({ leads, state }) => leads && state === 'connected')
    await sent(follower)
    expect(texts()).toEqual(lines)
  })

  it.each([2, 3])('repeats a call of the last of %i tabs with the next leader', async (many) => {
    const opened: Store[] = []
    for (let n = 0; n < many; n++) {
      const tab = open()
      await connected(tab)
      opened.push(tab)
    }
    server.onFrame = (frame) => frame.type === 'update_channel'
    const renamed = opened.at(-1)?.rename(channel.channelId, 'Crew')
    await server.until(() => server.sent('update_channel').length === 1)
    server.onFrame = () => false
    await opened[0]?.close()
    await renamed
    expect(channel.name).toBe('Crew')
  })

  it('shows the last channels and messages without a connection after a restart', async () => {
    for (let n = 0; n < 130; n++) server.chat.say(channel, 'bob', `line ${n}`)
    const first = open()
    await connected(first)
    await until(first.timeline(channel.channelId), ({ completeUpTo }) => completeUpTo === 131)
    // The archive is loaded after the list, by its own requests.
    await server.until(() => server.restCalls.filter((call) => /messages/.test(call)).length >= 2)
    await first.close()
    await server.close()
    const second = open()
    const list = await until(second.channels, ({ loaded }) => loaded)
    expect(list.list).toMatchObject([{ channelId: channel.channelId, title: 'Team' }])
    const shown = await until(second.timeline(channel.channelId), ({ loading }) => !loading)
    expect(shown.items).toHaveLength(100)
    expect(shown.items.at(-1)).toMatchObject({ message: { content: 'line 129' } })
    expect(second.connection.getSnapshot().complete).toBe(false)
  })

  it('keeps drafts over a restart, and shows them in other tabs', async () => {
    const { channelId } = channel
    const first = open()
    await connected(first)
    const other = open()
    await connected(other)
    first.setDraft(channelId, 'half a thou')
    const shown = await until(other.drafts, (drafts) => drafts.size > 0)
    expect(shown.get(channelId)).toBe('half a thou')
    await first.close()
    await other.close()
    const kept = await until(open().drafts, (drafts) => drafts.size > 0)
    expect(kept.get(channelId)).toBe('half a thou')
  })

  it('keeps the order of what is written while the storage fills up', async () => {
    const tab = open()
    await connected(tab)
    const put = Reflect.get(IDBObjectStore.prototype, 'put') as (...args: unknown[]) => IDBRequest
    let writes = 0
    jest.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
      this: IDBObjectStore,
      ...args: unknown[]
    ) {
      if (++writes > 6) throw new DOMException('no room', 'QuotaExceededError')
      return Reflect.apply(put, this, args) as IDBRequest<IDBValidKey>
    })
    const lines = Array.from({ length: 12 }, (_, index) => `line ${index}`)
    const outcomes = await Promise.all(lines.map((line) => tab.send(channel.channelId, line)))
    expect(outcomes.some(({ durable }) => durable)).toBe(true)
    expect(outcomes.some(({ durable }) => !durable)).toBe(true)
    await sent(tab)
    expect(texts()).toEqual(lines)
  })

  it('forgets everything in all tabs', async () => {
    const first = open({ renew: () => Promise.reject(new Error('offline')) })
    await first.send(channel.channelId, 'secret')
    first.setDraft(channel.channelId, 'secret')
    const other = open()
    await first.forget()
    await until(other.connection, ({ state }) => state === 'closed')
    const next = open()
    await connected(next)
    expect(next.outbox.getSnapshot().items).toEqual([])
    expect(next.drafts.getSnapshot().size).toBe(0)
    expect(texts()).toEqual([])
  })
})
