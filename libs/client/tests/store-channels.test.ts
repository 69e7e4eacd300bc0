import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ChannelItem, Store } from '../src/store/index.ts'
import { FakeServer } from '../src/testing/index.ts'
import type { FakeChannel } from '../src/testing/index.ts'
import { fakeLocks, openTab, until } from '../src/testing/store-world.ts'

describe('the channels of a store', () => {
  let server: FakeServer
  let store: Store
  let team: FakeChannel
  let direct: FakeChannel

  beforeEach(async () => {
    server = await FakeServer.start()
    for (const [name, displayName] of [
      ['ada', 'Ada'],
      ['bob', 'Bob'],
      ['cyd', 'Cyd'],
    ] as const) {
      server.chat.users.set(name, { password: 'secret-1', displayName })
    }
    team = server.chat.open({ name: 'Team', members: ['ada', 'bob'] })
    direct = server.chat.open({ kind: 'direct', name: null, members: ['ada', 'bob'] })
    store = openTab(server, 'ada', { locks: fakeLocks() })
    await until(store.connection, ({ state }) => state === 'connected')
  })

  afterEach(async () => {
    await store.forget()
    await server.close()
  })

  const say = (channel: FakeChannel, content: string) =>
    server.toUsers(['ada', 'bob'], server.chat.say(channel, 'bob', content))
  const item = (channel: FakeChannel): ChannelItem => {
    const { list } = store.channels.getSnapshot()
    const found = list.find(({ channelId }) => channelId === channel.channelId)
    if (found === undefined) throw new Error('it is not in the list')
    return found
  }
  const shows = (channel: FakeChannel, matches: (shown: ChannelItem) => boolean) =>
    until(store.channels, () => matches(item(channel)))

  it('come by activity, with unread counts and the last message', async () => {
    say(direct, 'first')
    say(team, 'second')
    const { list, unread } = await until(store.channels, (snapshot) => snapshot.unread === 2)
    expect(list.map(({ title }) => title)).toEqual(['Team', 'Bob'])
    expect(list[0]).toMatchObject({ unread: 1, lastMessage: { content: 'second' } })
    expect(unread).toBe(2)
  })

  it('keep the object of a channel that has not changed', async () => {
    const before = item(direct)
    say(team, 'hi')
    await shows(team, ({ unread }) => unread === 1)
    expect(item(direct)).toBe(before)
    expect(store.channels.getSnapshot()).toBe(store.channels.getSnapshot())
  })

  it('tell a listener once a tick, however many events come in one frame', async () => {
    let calls = 0
    store.channels.subscribe(() => calls++)
    const events = ['a', 'b', 'c'].map((content) => server.chat.say(team, 'bob', content))
    for (const socket of server.open) socket.sendText(JSON.stringify({ type: 'batch', events }))
    await shows(team, ({ unread }) => unread === 3)
    expect(calls).toBe(1)
  })

  it('show the last message as it is now', async () => {
    say(team, 'secret')
    await shows(team, ({ lastMessage }) => lastMessage?.content === 'secret')
    const deleted = { type: 'message_deleted', targetSeq: 2, ...server.chat.done('bob') } as const
    server.toUsers(['ada'], server.chat.append(team, deleted))
    await shows(team, ({ lastMessage }) => lastMessage?.deletedAt !== undefined)
    expect(item(team).lastMessage).not.toHaveProperty('content')
  })

  it('show who types until a message of that user comes', async () => {
    server.toUsers(['ada'], { type: 'typing', channelId: team.channelId, userId: 'bob' })
    await shows(team, ({ typing }) => typing[0] === 'bob')
    say(team, 'typed')
    await shows(team, ({ unread }) => unread === 1)
    expect(item(team).typing).toEqual([])
  })

  it('show the presence of the other member of a direct channel', async () => {
    await shows(direct, ({ peerPresence }) => peerPresence?.status === 'online')
    const away = { userId: 'bob', status: 'away', lastSeen: null } as const
    server.toUsers(['ada'], { type: 'presence_update', presence: [away] })
    await shows(direct, ({ peerPresence }) => peerPresence?.status === 'away')
    expect(item(team).peerPresence).toBeNull()
    expect(store.presence.getSnapshot().get('bob')).toMatchObject({ status: 'away' })
  })

  it('count own messages that are not stored yet', async () => {
    server.onFrame = (frame) => frame.type === 'chat_message'
    await store.send(team.channelId, 'on its way')
    await shows(team, ({ unsent }) => unsent === 1)
    server.onFrame = () => false
    await shows(team, ({ unsent }) => unsent === 0)
    expect(item(team).lastMessage).toMatchObject({ content: 'on its way' })
  })

  it('lose a channel that the user leaves, and gain one that the user opens', async () => {
    await store.leave(team.channelId)
    await until(store.channels, ({ list }) => list.length === 1)
    const channelId = await store.createChannel({ name: 'Crew', participants: ['cyd'] })
    const { list } = await until(store.channels, (snapshot) => snapshot.list.length === 2)
    expect(list.map((shown) => shown.channelId)).toContain(channelId)
  })

  it('have members that follow the events', async () => {
    const members = store.members(team.channelId)
    const loaded = await until(members, ({ loading }) => !loading)
    expect(loaded.members.map(({ displayName }) => displayName)).toEqual(['Ada', 'Bob'])
    await store.invite(team.channelId, ['cyd'])
    await until(members, (snapshot) => snapshot.members.some(({ username }) => username === 'cyd'))
    await store.setRole(team.channelId, 'cyd', 'admin')
    await until(members, (snapshot) => snapshot.members.some(({ role }) => role === 'admin'))
    await store.remove(team.channelId, 'cyd')
    const left = await until(members, (snapshot) => snapshot.members.length === 2)
    expect(left.members.map(({ username }) => username)).toEqual(['ada', 'bob'])
  })

  it('reject an operation that the server refuses, with its code', async () => {
    await expect(store.rename('no-such-channel', 'X')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('tell that a newer client took the place, and come back on demand', async () => {
    for (const { ws } of server.open) ws.close(4010, 'replaced')
    await until(store.connection, ({ state }) => state === 'replaced')
    expect((await store.send(team.channelId, 'later')).durable).toBe(true)
    store.retryNow()
    await until(store.connection, ({ state }) => state === 'connected')
    await until(store.outbox, ({ items }) => items.length === 0)
    expect(server.chat.messages(team).map(({ content }) => content)).toEqual(['later'])
  })

  it('are loaded again when the log begins a new epoch', async () => {
    say(team, 'old')
    const timeline = store.timeline(team.channelId)
    await until(timeline, ({ head, completeUpTo }) => head === 2 && completeUpTo === 2)
    server.chat.epoch = 'epoch-2'
    team.events = team.events.slice(0, 1)
    server.chat.say(team, 'bob', 'new')
    for (const { ws } of server.open) ws.terminate()
    const shown = await until(timeline, ({ items }) =>
      items.some(({ kind, ...more }) => JSON.stringify({ kind, more }).includes('"new"')),
    )
    expect(JSON.stringify(shown.items)).not.toContain('"old"')
  })
})
