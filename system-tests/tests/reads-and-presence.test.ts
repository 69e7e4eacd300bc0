import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { BareClient, type Frame } from '../src/bare-client.ts'
import { call, logIn, newName, register } from '../src/rest.ts'
import { eventually } from '../src/eventually.ts'
import { startWorld, type World } from '../src/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ RATE_LIMIT_MESSAGES: '1000/1s', RATE_LIMIT_REQUESTS: '1000/1s' })
})
afterAll(() => world.close())

async function pair(): Promise<{ ann: BareClient; bob: BareClient; channelId: string }> {
  const ann = await BareClient.registered(world.url, 'ann')
  const bob = await BareClient.registered(world.url, 'bob')
  const { channelId } = await ann.request({ type: 'create_channel', participants: [bob.username] })
  return { ann, bob, channelId }
}

describe('read marks', () => {
  const channelOf = async (client: BareClient, channelId: string) => {
    const { body } = await call(world.url, 'GET', `/channels/${channelId}`, {
      token: client.session.sessionToken,
    })
    return body.channel
  }

  it('unread counts include later messages of others, even deleted ones, and nothing else', async () => {
    const { ann, bob, channelId } = await pair()
    const say = (content: string) => ann.request({ type: 'chat_message', channelId, content })
    const first = await say('one')
    await say('two')
    await ann.request({ type: 'add_reaction', channelId, seq: first.seq, emoji: '👍' })
    await ann.request({ type: 'delete_message', channelId, seq: first.seq })
    await say('three')
    expect(await channelOf(bob, channelId)).toMatchObject({ unread: 3, lastReadSeq: 1, head: 6 })
    const read = await bob.request({ type: 'mark_channel_read', channelId, seq: 2 })
    expect(read).toMatchObject({
      type: 'channel_read',
      channelId,
      userId: bob.username,
      lastReadSeq: 2,
    })
    expect(await channelOf(bob, channelId)).toMatchObject({ unread: 2, lastReadSeq: 2 })
    expect(await ann.next((frame) => frame.type === 'channel_read')).toMatchObject({
      userId: bob.username,
      lastReadSeq: 2,
    })
    const lower = await bob.request({ type: 'mark_channel_read', channelId, seq: 1 })
    expect(lower).toMatchObject({ type: 'channel_read', lastReadSeq: 2 })
    const beyond = await bob.request({ type: 'mark_channel_read', channelId, seq: 7 })
    expect(beyond).toMatchObject({ type: 'error', code: 'invalid_input' })
    await bob.request({ type: 'mark_channel_read', channelId })
    expect(await channelOf(bob, channelId)).toMatchObject({ unread: 0, lastReadSeq: 6 })
    ann.terminate()
    bob.terminate()
  })

  it('the read mark of a sender moves to the sent message within 2 s', async () => {
    const { ann, bob, channelId } = await pair()
    await ann.request({ type: 'chat_message', channelId, content: 'unread' })
    const { seq } = await bob.request({ type: 'chat_message', channelId, content: 'mine' })
    await eventually(async () =>
      expect(await channelOf(bob, channelId)).toMatchObject({ unread: 0, lastReadSeq: seq }),
    )
    await eventually(async () =>
      expect(await channelOf(ann, channelId)).toMatchObject({ unread: 1 }),
    )
    ann.terminate()
    bob.terminate()
  })

  it('a read mark set on one device is shown on the other', async () => {
    const { ann, bob, channelId } = await pair()
    const second = await BareClient.connect(await logIn(world.url, bob.username))
    await ann.request({ type: 'chat_message', channelId, content: 'x' })
    await bob.request({ type: 'mark_channel_read', channelId })
    expect(await second.next((frame) => frame.type === 'channel_read')).toMatchObject({
      userId: bob.username,
      lastReadSeq: 2,
    })
    for (const client of [ann, bob, second]) client.terminate()
  })
})

describe('presence', () => {
  /** The time until a user without sockets is shown offline. Other changes are shown sooner. */
  const offlineWithinMs = 15_000
  const statusShown = (
    client: BareClient,
    userId: string,
    test: (one: Record<string, unknown>) => boolean,
  ) =>
    client.next(
      (frame) =>
        frame.type === 'presence_update' &&
        frame.requestId === undefined &&
        frame.presence.some((one) => one['userId'] === userId && test(one)),
      offlineWithinMs,
    )
  const of = (answer: Frame, userId: string) =>
    answer.presence.find((one) => one['userId'] === userId)

  it('the status of a user is sent on subscribing, and pushed when it changes', async () => {
    const ann = await BareClient.registered(world.url)
    const session = await register(world.url, newName())
    const answer = await ann.request({
      type: 'subscribe',
      userIds: [session.username, 'nobody-at-all'],
    })
    expect(of(answer, session.username)).toMatchObject({ status: 'offline' })
    expect(of(answer, 'nobody-at-all')).toEqual({
      userId: 'nobody-at-all',
      status: 'offline',
      lastSeen: null,
    })
    const bob = await BareClient.connect(session)
    await statusShown(ann, bob.username, (one) => one['status'] === 'online')
    const own = await bob.request({ type: 'status_update', status: 'busy', text: 'in a call' })
    expect(of(own, bob.username)).toMatchObject({ status: 'busy', text: 'in a call' })
    await statusShown(
      ann,
      bob.username,
      (one) => one['status'] === 'busy' && one['text'] === 'in a call',
    )
    await bob.close()
    await statusShown(
      ann,
      bob.username,
      (one) => one['status'] === 'offline' && typeof one['lastSeen'] === 'string',
    )
    const again = await BareClient.connect(session)
    await eventually(async () => {
      const { body } = await call(world.url, 'GET', `/users/${bob.username}`, {
        token: ann.session.sessionToken,
      })
      expect(body).toMatchObject({ username: bob.username, status: 'busy' })
    })
    ann.terminate()
    again.terminate()
  }, 40_000)

  it('a status does not flap when a client reconnects', async () => {
    const ann = await BareClient.registered(world.url)
    const session = await register(world.url, newName())
    const bob = await BareClient.connect(session)
    await ann.request({ type: 'subscribe', userIds: [session.username] })
    await eventually(async () => {
      const answer = await ann.request({ type: 'subscribe', userIds: [session.username] })
      expect(of(answer, session.username)).toMatchObject({ status: 'online' })
    })
    await bob.close()
    const again = await BareClient.connect(session)
    await new Promise((resolve) => setTimeout(resolve, 5_000))
    const pushed = ann.frames.filter(
      (frame) => frame.type === 'presence_update' && frame.requestId === undefined,
    )
    expect(
      pushed.flatMap((frame) => frame.presence).filter((one) => one['status'] === 'offline'),
    ).toEqual([])
    ann.terminate()
    again.terminate()
  })

  it('an invisible user looks like an offline one', async () => {
    const ann = await BareClient.registered(world.url)
    const bob = await BareClient.registered(world.url)
    await ann.request({ type: 'subscribe', userIds: [bob.username] })
    await bob.request({ type: 'status_update', status: 'invisible', text: 'hiding' })
    const token = ann.session.sessionToken
    await eventually(async () => {
      const { body } = await call(world.url, 'GET', `/users/${bob.username}`, { token })
      expect(body).toMatchObject({ status: 'offline' })
    })
    const { channelId } = await ann.request({
      type: 'create_channel',
      participants: [bob.username],
    })
    await bob.request({ type: 'chat_message', channelId, content: 'still here' })
    const views = [
      await call(world.url, 'GET', `/users?query=${bob.username}`, { token }),
      await call(world.url, 'GET', `/channels/${channelId}`, { token }),
      await call(world.url, 'GET', `/channels/${channelId}/participants`, { token }),
    ]
    const text = JSON.stringify(views.map((view) => view.body))
    expect(text).not.toContain('invisible')
    expect(text).not.toContain('hiding')
    const answer = await ann.request({ type: 'subscribe', userIds: [bob.username] })
    expect(of(answer, bob.username)).not.toHaveProperty('text')
    expect(of(answer, bob.username)).toMatchObject({ status: 'offline' })
    ann.terminate()
    bob.terminate()
  })

  it('reading and typing of an invisible user are shown to the user’s own devices only', async () => {
    const ann = await BareClient.registered(world.url)
    const bob = await BareClient.registered(world.url)
    const other = await BareClient.connect(bob.session)
    const { channelId } = await ann.request({
      type: 'create_channel',
      participants: [bob.username],
    })
    await ann.request({ type: 'chat_message', channelId, content: 'hello' })
    const { seq } = await ann.request({ type: 'chat_message', channelId, content: 'there?' })
    await bob.request({ type: 'status_update', status: 'invisible' })
    bob.send({ type: 'typing', channelId })
    await bob.request({ type: 'mark_channel_read', channelId, seq: Number(seq) - 1 })
    await other.request({ type: 'mark_channel_read', channelId })
    await eventually(async () => {
      const marks = other.frames.filter((frame) => frame.type === 'channel_read')
      expect(marks.map((frame) => frame.lastReadSeq)).toEqual([Number(seq) - 1, seq])
    })
    await bob.request({ type: 'chat_message', channelId, content: 'yes' })
    await eventually(async () => expect(ann.frames.map(({ content }) => content)).toContain('yes'))
    const given = ann.frames.filter(
      ({ type, userId }) =>
        userId === bob.username && (type === 'typing' || type === 'channel_read'),
    )
    expect(given).toEqual([])
    for (const client of [ann, bob, other]) client.terminate()
  })

  it('a client may watch 500 users at most', async () => {
    const ann = await BareClient.registered(world.url)
    const names = Array.from({ length: 500 }, (_, i) => `watched-${i}`)
    expect((await ann.request({ type: 'subscribe', userIds: names })).presence).toHaveLength(500)
    expect(await ann.request({ type: 'subscribe', userIds: ['one-more'] })).toMatchObject({
      code: 'invalid_input',
    })
    expect(await ann.request({ type: 'unsubscribe', userIds: names.slice(0, 1) })).toMatchObject({
      type: 'ok',
    })
    expect(await ann.request({ type: 'subscribe', userIds: ['one-more'] })).toMatchObject({
      type: 'presence_update',
    })
    ann.terminate()
  })
})

describe('a channel of more than a hundred members', () => {
  it('a channel of more than 100 members is shown with a count and a page of members', async () => {
    const others: string[] = []
    for (let from = 0; from < 100; from += 10) {
      const names = Array.from({ length: 10 }, () => newName())
      await Promise.all(names.map((name) => register(world.url, name)))
      others.push(...names)
    }
    // Registered last, because a hundred registrations may take longer than a token is valid.
    const ann = await BareClient.registered(world.url)
    const request = { type: 'create_channel', name: newName('many'), participants: others }
    const { channelId } = await ann.request(request)
    const joined = await ann.request({ type: 'join_channel', channelId })
    expect(joined.channel).toMatchObject({ memberCount: 101 })
    expect(joined.participants).toHaveLength(100)
    const token = ann.session.sessionToken
    const path = `/channels/${channelId}`
    const { body } = await call(world.url, 'GET', path, { token })
    expect(body.channel).toMatchObject({ memberCount: 101 })
    expect(body.channel['participants']).toHaveLength(100)
    const pages: string[] = []
    for (let after = ''; ;) {
      const query = after === '' ? '' : `&after=${after}`
      const page = await call(world.url, 'GET', `${path}/participants?limit=40${query}`, { token })
      if (page.body.participants.length === 0) break
      pages.push(...page.body.participants.map((one) => String(one['username'])))
      after = pages.at(-1) ?? ''
    }
    expect(pages.toSorted()).toEqual([ann.username, ...others].toSorted())
    ann.terminate()
  }, 60_000)
})

describe('typing', () => {
  it('typing is shown to the other members at most every 3 s', async () => {
    const { ann, bob, channelId } = await pair()
    // Typing is best effort: it goes to servers with a known interest in the channel.
    const { seq } = await ann.request({ type: 'chat_message', channelId, content: 'hello' })
    await bob.event(channelId, seq)
    for (let i = 0; i < 5; i += 1) ann.send({ type: 'typing', channelId })
    expect(await bob.next((frame) => frame.type === 'typing')).toMatchObject({
      channelId,
      userId: ann.username,
    })
    await ann.request({ type: 'heartbeat' })
    expect(bob.frames.filter((frame) => frame.type === 'typing')).toHaveLength(1)
    expect(ann.frames.filter((frame) => frame.type === 'typing')).toHaveLength(0)
    ann.terminate()
    bob.terminate()
  })
})

describe('sync', () => {
  it('a sync pages through missed events, and resets a cache that is ahead of the head', async () => {
    const { ann, bob, channelId } = await pair()
    for (let i = 0; i < 215; i += 1) {
      const answer = await call(world.url, 'POST', `/channels/${channelId}/messages`, {
        token: i % 2 === 0 ? ann.session.sessionToken : bob.session.sessionToken,
        body: { content: `m${i}` },
      })
      if (answer.status !== 201) {
        await new Promise((resolve) => setTimeout(resolve, answer.body.error.retryAfterMs))
        i -= 1
      }
    }
    const seqs: number[] = []
    for (let more = true, last = 0; more; last = seqs.at(-1) ?? last) {
      const page = await bob.sync(channelId, last)
      expect(page.events.length).toBeLessThanOrEqual(200)
      seqs.push(...page.events.map((event) => event.seq))
      ;({ more } = page)
      expect(page.head).toBe(216)
    }
    expect(seqs).toEqual(Array.from({ length: 216 }, (_, i) => i + 1))
    expect(await bob.sync(channelId, 1_000)).toMatchObject({ reset: true, head: 216 })
    ann.terminate()
    bob.terminate()
  }, 60_000)
})
