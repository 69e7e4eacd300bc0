import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Channel, Message, Participant } from '@rookery/protocol'
import { openTestApi, refused, type TestApi } from '../testing/test-api.ts'
import { openTestChannels, type TestChannels } from '../testing/test-channels.ts'

let test: TestApi
let channels: TestChannels
let ann: string
let bob: string
let eve: string
beforeEach(async () => {
  test = await openTestApi()
  channels = await openTestChannels(test)
  ann = await test.enrol('ann')
  bob = await test.enrol('bob')
  eve = await test.enrol('eve')
})
afterEach(async () => {
  await channels.close()
  await test.close()
})

interface Page {
  messages: Message[]
  head: number
}
const list = (token: string) => test.call<{ channels: Channel[] }>('GET /channels', { token })
const messages = (token: string, channelId: string, query = '') =>
  test.call<Page>(`GET /channels/${channelId}/messages${query}`, { token })
const seqs = (page: { body: Page }) => page.body.messages.map((message) => message.seq)

describe('GET /channels', () => {
  it('answers four GET /channels of a user at a time, and does not delay other users', async () => {
    const { store } = test.ports
    const channelsOf = store.channelsOf.bind(store)
    const held: (() => void)[] = []
    store.channelsOf = async (username, page) => {
      if (username === 'ann') await new Promise<void>((resolve) => held.push(resolve))
      return channelsOf(username, page)
    }
    const answers = Array.from({ length: 10 }, () => list(ann))
    expect(await list(bob)).toMatchObject({ status: 200 })
    const most: number[] = []
    for (let answered = 0; answered < 10; answered += 1) {
      while (held.length === 0) await new Promise(setImmediate)
      most.push(held.length)
      held.shift()?.()
    }
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(
      new Set([200]),
    )
    expect(Math.max(...most)).toBe(4)
  })

  it('lists the channels of a user with their unread count and last message', async () => {
    expect((await list(ann)).body).toEqual({ channels: [] })
    const direct = await channels.direct('ann', 'bob')
    const open = await channels.public('bob', 'Town Square', 'ann')
    await channels.public('bob', 'Elsewhere')
    await channels.say(direct, 'bob', 'one')
    await channels.say(direct, 'bob', 'two')
    const { body } = await list(ann)
    expect(body.channels.map((channel) => channel.channelId).sort()).toEqual([direct, open].sort())
    const found = body.channels.find((channel) => channel.channelId === direct)
    expect(found).toMatchObject({
      kind: 'direct',
      name: null,
      memberCount: 2,
      head: 3,
      unread: 2,
      lastReadSeq: 1,
      lastMessage: { seq: 3, content: 'two', senderId: 'bob' },
      participants: [{ username: 'ann' }, { username: 'bob' }],
    })
  })

  it('shows the last message up to the head while another one is being stored', async () => {
    const direct = await channels.direct('ann', 'bob')
    await channels.say(direct, 'bob', 'one')
    const { store } = test.ports
    const lastMessages = store.lastMessages.bind(store)
    store.lastMessages = async (ids) => {
      await channels.say(direct, 'bob', 'two')
      return lastMessages(ids)
    }
    const { body } = await list(ann)
    expect(body.channels).toMatchObject([{ head: 2, lastMessage: { seq: 2, content: 'one' } }])
  })

  it('counts no message as unread up to the last one of the user', async () => {
    const direct = await channels.direct('ann', 'bob')
    await channels.say(direct, 'bob', 'one')
    await channels.say(direct, 'ann', 'two')
    const seq = await channels.say(direct, 'ann', 'three')
    expect((await list(ann)).body.channels).toMatchObject([{ unread: 0, lastReadSeq: seq }])
    expect((await list(bob)).body.channels).toMatchObject([{ unread: 2, lastReadSeq: 2 }])
  })

  it('does not list a channel that the user has left', async () => {
    const open = await channels.public('bob', 'Town Square', 'ann')
    await channels.act(open, 'ann', { type: 'participant_left', username: 'ann' })
    expect((await list(ann)).body.channels).toEqual([])
  })
})

describe('GET /channels/public', () => {
  const find = async (token: string, query: string) =>
    (await test.call<{ channels: Channel[] }>(`GET /channels/public${query}`, { token })).body
      .channels

  it('finds public channels only, by the beginning of the folded name, in pages', async () => {
    await channels.group('bob')
    await channels.direct('ann', 'bob')
    for (const name of ['Straße 1', 'STRASSE 2', 'strasse 3', 'Other']) {
      await channels.public('bob', name)
    }
    const names = (all: Channel[]) => all.map((channel) => channel.name)
    expect(names(await find(ann, ''))).toHaveLength(4)
    const found = await find(ann, `?query=${encodeURIComponent('STRAße')}`)
    expect(names(found)).toEqual(['Straße 1', 'STRASSE 2', 'strasse 3'])
    const first = await find(ann, '?query=strasse&limit=2')
    expect(first).toHaveLength(2)
    const rest = await find(ann, `?query=strasse&limit=2&after=${first[1]?.channelId}`)
    expect(names(rest)).toEqual(['strasse 3'])
  })

  it('shows the last message of a public channel to members only', async () => {
    const open = await channels.public('bob', 'Town Square', 'ann')
    await channels.say(open, 'bob', 'for members')
    const [toMember] = await find(ann, '')
    expect(toMember).toMatchObject({ lastMessage: { content: 'for members' }, unread: 1 })
    const [toStranger] = await find(eve, '')
    expect(toStranger).toMatchObject({ channelId: open, name: 'Town Square', memberCount: 2 })
    expect(JSON.stringify(toStranger)).not.toContain('for members')
    expect(toStranger).toMatchObject({ unread: 0, lastReadSeq: 0 })
  })

  it('refuses to list public channels after one that is no public channel', async () => {
    const hidden = await channels.group('bob')
    for (const after of ['nothing', hidden]) {
      const answer = await test.call(`GET /channels/public?after=${after}`, { token: ann })
      expect(answer).toMatchObject(refused(400, 'invalid_input'))
    }
  })
})

describe('a channel', () => {
  it('shows a channel with its participants, and lists them in pages', async () => {
    const group = await channels.group('ann', 'bob')
    const { body } = await test.call<{ channel: Channel }>(`GET /channels/${group}`, { token: bob })
    expect(body.channel).toMatchObject({ channelId: group, kind: 'group', name: 'Group', head: 1 })
    expect(body.channel.participants).toEqual([
      { username: 'ann', displayName: 'ann', role: 'owner', status: 'offline' },
      { username: 'bob', displayName: 'bob', role: 'member', status: 'offline' },
    ])
    const page = async (query: string) =>
      (
        await test.call<{ participants: Participant[] }>(
          `GET /channels/${group}/participants${query}`,
          { token: ann },
        )
      ).body.participants.map((participant) => participant.username)
    expect(await page('?limit=1')).toEqual(['ann'])
    expect(await page('?limit=1&after=ann')).toEqual(['bob'])
    expect(await page('?after=bob')).toEqual([])
  })

  it('shows a changed display name at once', async () => {
    const group = await channels.group('ann', 'bob')
    const show = () => test.call<{ channel: Channel }>(`GET /channels/${group}`, { token: bob })
    await show()
    // Another api process does the same.
    const { accounts } = test
    await accounts.setDisplayName('ann', 'Ann')
    expect((await show()).body.channel.participants?.[0]).toMatchObject({ displayName: 'Ann' })
    accounts.findMany = () => new Promise(() => undefined)
    expect((await show()).body.channel.participants?.[0]).toMatchObject({ displayName: 'Ann' })
  })
})

describe('a user who is no member', () => {
  const calls = (id: string): [string, object?][] => [
    [`GET /channels/${id}`],
    [`GET /channels/${id}/participants`],
    [`GET /channels/${id}/messages`],
    [`GET /channels/${id}/messages/2`],
    [`POST /channels/${id}/messages`, { content: 'x' }],
    [`GET /channels/${id}/consumers/c/messages`],
    [`POST /channels/${id}/consumers/c/commit`, { seq: 0 }],
  ]
  const answers = async (id: string) => {
    const all = []
    for (const [call, body] of calls(id)) {
      const { status, body: answer } = await test.call(call, { token: eve, body })
      all.push({ status, answer })
    }
    return all
  }

  it('answers a user who is no member of a direct channel or group as if it did not exist', async () => {
    const direct = await channels.direct('ann', 'bob')
    const group = await channels.group('ann', 'bob')
    for (const id of [direct, group]) await channels.say(id, 'ann', 'secret')
    const nothing = await answers(`g-${'0'.repeat(40)}`)
    expect(nothing.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404, 404])
    expect(await answers(direct)).toEqual(nothing)
    expect(await answers(group)).toEqual(nothing)
  })

  it('forbids a public channel to a user until the user joins', async () => {
    const open = await channels.public('ann', 'Town Square')
    await channels.say(open, 'ann', 'hello')
    expect((await answers(open)).map(({ status }) => status)).toEqual([
      403, 403, 403, 403, 403, 403, 403,
    ])
    await channels.act(open, 'eve', { type: 'participant_joined', username: 'eve' })
    expect((await answers(open)).map(({ status }) => status)).toEqual([
      200, 200, 200, 200, 201, 200, 204,
    ])
  })

  it('hides a group from a user who was removed', async () => {
    const group = await channels.group('ann', 'bob', 'eve')
    await channels.act(group, 'ann', { type: 'participant_left', username: 'eve' })
    expect((await answers(group)).every(({ status }) => status === 404)).toBe(true)
  })
})

describe('GET /channels/:channelId/messages', () => {
  it('pages messages by before and after, and returns the newest without them', async () => {
    const group = await channels.group('ann', 'bob')
    for (let n = 2; n <= 8; n++) await channels.say(group, 'ann', `m${n}`)
    const page = (query: string) => messages(bob, group, query).then(seqs)
    expect(await page('')).toEqual([2, 3, 4, 5, 6, 7, 8])
    expect(await page('?limit=3')).toEqual([6, 7, 8])
    expect(await page('?before=6&limit=3')).toEqual([3, 4, 5])
    expect(await page('?before=3&limit=3')).toEqual([2])
    expect(await page('?before=2')).toEqual([])
    expect(await page('?before=999&limit=1')).toEqual([8])
    expect(await page('?after=0&limit=3')).toEqual([2, 3, 4])
    expect(await page('?after=7')).toEqual([8])
    expect(await page('?after=8')).toEqual([])
    expect((await messages(bob, group)).body.head).toBe(8)
  })

  it('never shows messages beyond the head that was read', async () => {
    const group = await channels.group('ann')
    for (let n = 2; n <= 4; n++) await channels.say(group, 'ann', `m${n}`)
    const { store } = test.ports
    const read = store.channel.bind(store)
    store.channel = async (id) => {
      const row = await read(id)
      return row && { ...row, head: 3 }
    }
    for (const query of ['', '?before=9', '?after=0']) {
      expect(await messages(ann, group, query)).toMatchObject({
        body: { head: 3, messages: [{ seq: 2 }, { seq: 3 }] },
      })
      expect(seqs(await messages(ann, group, query))).toEqual([2, 3])
    }
    for (const query of ['?limit=1', '?before=9&limit=1']) {
      expect(seqs(await messages(ann, group, query))).toEqual([3])
    }
    const beyond = await test.call(`GET /channels/${group}/messages/4`, { token: ann })
    expect(beyond).toMatchObject(refused(404, 'not_found'))
  })

  it('shows messages with their edits, reactions and deletions, and no other events', async () => {
    const group = await channels.group('ann', 'bob')
    const first = await channels.say(group, 'ann', 'typo')
    const second = await channels.say(group, 'bob', 'gone')
    const edit = { type: 'message_edited', targetSeq: first, content: 'better' } as const
    await channels.act(group, 'ann', edit)
    await channels.act(group, 'bob', { type: 'reaction_added', targetSeq: first, emoji: '👍' })
    await channels.act(group, 'bob', { type: 'message_deleted', targetSeq: second })
    const { body } = await messages(ann, group)
    expect(body.head).toBe(6)
    expect(body.messages).toMatchObject([
      { seq: 2, content: 'better', editedAt: expect.any(String), reactions: { '👍': ['bob'] } },
      { seq: 3, deletedAt: expect.any(String) },
    ])
    expect(body.messages[1]).not.toHaveProperty('content')
    const one = (seq: number) =>
      test.call<Message>(`GET /channels/${group}/messages/${seq}`, { token: bob })
    expect((await one(2)).body).toEqual(body.messages[0])
    for (const seq of [1, 4, 7, 999])
      expect(await one(seq)).toMatchObject(refused(404, 'not_found'))
    expect(await one(0)).toMatchObject(refused(400, 'invalid_input'))
  })

  it('refuses an invalid page of messages', async () => {
    const group = await channels.group('ann')
    const wrong = ['limit=0', 'limit=101', 'limit=x', 'before=0', 'after=-1', 'after=1e3']
    for (const query of [...wrong, 'before=1&after=1']) {
      expect(await messages(ann, group, `?${query}`)).toMatchObject(refused(400, 'invalid_input'))
    }
  })
})

describe('GET /cluster', () => {
  it('shows admins the chat servers, brokers, partitions and their dispatchers', async () => {
    const root = await test.enrol('root')
    expect(await test.call('GET /cluster', { token: ann })).toMatchObject(refused(403, 'forbidden'))
    const { status, body } = await test.call('GET /cluster', { token: root })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      chatServers: [{ id: 'chat-1', host: '127.0.0.1', port: 3001, sockets: 0, draining: false }],
      brokers: [{ controller: true }],
      presenceLeader: null,
      dependencies: { accounts: { ok: true } },
    })
    const { partitions } = body as unknown as { partitions: { dispatcher: string; lag: number }[] }
    expect(partitions).toHaveLength(test.ports.log.partitionCount)
    expect(partitions.every(({ dispatcher, lag }) => dispatcher !== null && lag === 0)).toBe(true)
  })

  it('answers GET /cluster without the log while the log is away', async () => {
    const root = await test.enrol('root')
    await test.ports.log.close()
    const { status, body } = await test.call('GET /cluster', { token: root })
    expect(status).toBe(200)
    expect(body).toMatchObject({ chatServers: [{ id: 'chat-1' }], brokers: [], partitions: [] })
    expect(test.logged.join('')).toContain('the answer of GET /cluster lacks it')
  })
})
