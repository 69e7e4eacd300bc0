import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { BareClient } from '../src/bare-client.ts'
import { call, newName, register } from '../src/rest.ts'
import { startWorld, type World } from '../src/world.ts'

describe('channels', () => {
  let world: World
  let ann: BareClient
  let bob: BareClient
  let cyd: BareClient

  beforeAll(async () => {
    world = await startWorld()
    ann = await BareClient.registered(world.url, 'ann')
    bob = await BareClient.registered(world.url, 'bob')
    cyd = await BareClient.registered(world.url, 'cyd')
  })
  afterAll(async () => {
    for (const client of [ann, bob, cyd]) client.terminate()
    await world.close()
  })

  const group = (...participants: string[]) =>
    ann.request({ type: 'create_channel', name: newName('group'), participants })
  const publicChannel = () =>
    ann.request({ type: 'create_channel', kind: 'public', name: newName('Room') })

  it('two users have one direct channel, even when both open it together', async () => {
    const open = (who: BareClient, other: BareClient) =>
      who.request({ type: 'create_channel', participants: [other.username] })
    const [one, other] = await Promise.all([open(ann, cyd), open(cyd, ann)])
    expect(one.channelId).toBe(other.channelId)
    expect([one.type, other.type].sort()).toEqual(['channel_created', 'channel_joined'])
    const again = await open(ann, cyd)
    expect(again).toMatchObject({ type: 'channel_joined', channelId: one.channelId })
    const { channelId } = one
    for (const request of [
      { type: 'leave_channel', channelId },
      { type: 'add_participants', channelId, participants: [bob.username] },
      { type: 'update_channel', channelId, name: 'x' },
    ])
      expect(await ann.request(request)).toMatchObject({ type: 'error', code: 'forbidden' })
  })

  it('a new group is shown to all its first members', async () => {
    const created = await group(bob.username, cyd.username)
    expect(created).toMatchObject({
      type: 'channel_created',
      seq: 1,
      by: ann.username,
      channel: { kind: 'group', memberCount: 3, head: 1, lastReadSeq: 1, unread: 0 },
    })
    for (const client of [bob, cyd]) {
      const shown = await client.event(created.channelId, 1)
      expect(shown).toMatchObject({ type: 'channel_created', by: ann.username })
      expect(shown.requestId).toBeUndefined()
    }
    const roles = (created.channel['participants'] as { username: string; role: string }[]).map(
      ({ username, role }) => [username, role],
    )
    expect(new Map(roles as [string, string][])).toEqual(
      new Map([
        [ann.username, 'owner'],
        [bob.username, 'member'],
        [cyd.username, 'member'],
      ]),
    )
  })

  it('a group is created once per clientKey', async () => {
    const request = {
      type: 'create_channel',
      name: 'keyed',
      clientKey: newName(),
      participants: [bob.username],
    }
    const first = await ann.request(request)
    const again = await ann.request(request)
    expect(again).toMatchObject({ type: 'channel_created', channelId: first.channelId, seq: 1 })
    const other = await ann.request({ ...request, name: 'another' })
    expect(other).toMatchObject({ type: 'error', code: 'conflict' })
    const both = await Promise.all(
      [1, 2].map(() => ann.request({ ...request, clientKey: 'at once' })),
    )
    expect(both[0]?.channelId).toBe(both[1]?.channelId)
  })

  it('no channel is created with an unknown participant', async () => {
    const refused = await group(bob.username, 'nobody-of-this-name')
    expect(refused).toMatchObject({ type: 'error', code: 'not_found' })
    expect(refused['message']).toContain('nobody-of-this-name')
  })

  it('a public name is taken in every case and form', async () => {
    const name = `Straße ${newName()}`
    const made = await ann.request({ type: 'create_channel', kind: 'public', name })
    expect(made.type).toBe('channel_created')
    const taken = await bob.request({
      type: 'create_channel',
      kind: 'public',
      name: name.toUpperCase(),
    })
    expect(taken).toMatchObject({ type: 'error', code: 'name_taken', channelId: made.channelId })
    const again = await ann.request({ type: 'create_channel', kind: 'public', name })
    expect(again).toMatchObject({ type: 'error', code: 'name_taken', channelId: made.channelId })
    const joined = await bob.request({ type: 'join_channel', name: name.toLowerCase() })
    expect(joined).toMatchObject({ type: 'channel_joined', channelId: made.channelId })
    const spelling = await ann.request({
      type: 'update_channel',
      channelId: made.channelId,
      name: name.toLowerCase(),
    })
    expect(spelling).toMatchObject({ type: 'channel_updated', name: name.toLowerCase() })
    const other = await ann.request({
      type: 'update_channel',
      channelId: made.channelId,
      name: 'another',
    })
    expect(other).toMatchObject({ type: 'error', code: 'invalid_input' })
  })

  it('a join shows the last 10 messages, or as many as it asks for', async () => {
    const { channelId } = await publicChannel()
    for (let i = 0; i < 12; i += 1)
      await ann.request({ type: 'chat_message', channelId, content: `m${i}` })
    const joined = await bob.request({ type: 'join_channel', channelId })
    expect(joined.messages.map((message) => message.content)).toEqual(
      Array.from({ length: 10 }, (_, i) => `m${i + 2}`),
    )
    expect(joined).toMatchObject({
      head: 14,
      channel: { memberCount: 2, unread: 0, lastReadSeq: 14 },
    })
    const three = await bob.request({ type: 'join_channel', channelId, limit: 3 })
    expect(three.messages.map((message) => message.content)).toEqual(['m9', 'm10', 'm11'])
    const after = await bob.request({ type: 'join_channel', channelId, afterSeq: 11, limit: 100 })
    expect(after.messages.map((message) => message.seq)).toEqual([12, 13])
    const history = await bob.sync(channelId, 0)
    expect(history.events.filter((event) => event.type === 'participant_joined')).toHaveLength(1)
  })

  it('an added user and all members are shown that the user was added', async () => {
    const { channelId } = await group(bob.username)
    const answer = await ann.request({
      type: 'add_participants',
      channelId,
      participants: [cyd.username],
    })
    expect(answer).toMatchObject({
      type: 'participant_joined',
      username: cyd.username,
      by: ann.username,
    })
    const joined = await cyd.next(
      (frame) => frame.type === 'channel_joined' && frame.channelId === channelId,
    )
    expect(joined).toMatchObject({ by: ann.username, head: answer.seq })
    expect((await bob.event(channelId, answer.seq)).type).toBe('participant_joined')
    await ann.request({ type: 'chat_message', channelId, content: 'welcome' })
    expect(await cyd.event(channelId, answer.seq + 1)).toMatchObject({ content: 'welcome' })
  })

  it('a removed user is shown nothing after the removal', async () => {
    const { channelId } = await group(bob.username)
    const removed = await ann.request({
      type: 'remove_participant',
      channelId,
      username: bob.username,
    })
    await bob.next((frame) => frame.type === 'channel_left' && frame.channelId === channelId)
    await ann.request({ type: 'chat_message', channelId, content: 'among us' })
    const refused = await bob.request({ type: 'chat_message', channelId, content: 'still here?' })
    expect(refused).toMatchObject({ type: 'error', code: 'not_found' })
    expect((await bob.sync(channelId, 0)).error).toMatchObject({ code: 'not_found' })
    const rest = await call(world.url, 'GET', `/channels/${channelId}/messages`, {
      token: bob.session.sessionToken,
    })
    expect(rest.status).toBe(404)
    expect(bob.events(channelId).at(-1)).toMatchObject({
      type: 'participant_left',
      seq: removed.seq,
    })
  })

  it('a member may leave, but an owner must hand the channel over first', async () => {
    const { channelId } = await publicChannel()
    await bob.request({ type: 'join_channel', channelId })
    expect(await ann.request({ type: 'leave_channel', channelId })).toMatchObject({
      type: 'error',
      code: 'forbidden',
    })
    const handed = await ann.request({
      type: 'set_role',
      channelId,
      username: bob.username,
      role: 'owner',
    })
    expect(handed).toMatchObject({ type: 'role_changed', username: bob.username, role: 'owner' })
    expect(await ann.request({ type: 'leave_channel', channelId })).toMatchObject({
      type: 'channel_left',
      channelId,
      by: ann.username,
    })
    expect(await ann.request({ type: 'chat_message', channelId, content: 'x' })).toMatchObject({
      type: 'error',
      code: 'forbidden',
    })
    expect(await bob.request({ type: 'leave_channel', channelId })).toMatchObject({
      type: 'channel_left',
    })
  })

  it('only owners and admins may moderate a channel', async () => {
    const { channelId } = await group(bob.username, cyd.username)
    const { seq } = await cyd.request({ type: 'chat_message', channelId, content: 'hers' })
    const keep = [
      { type: 'add_participants', channelId, participants: [cyd.username] },
      { type: 'remove_participant', channelId, username: cyd.username },
      { type: 'set_role', channelId, username: cyd.username, role: 'admin' },
      { type: 'update_channel', channelId, topic: 'x' },
      { type: 'delete_message', channelId, seq },
    ]
    for (const request of keep)
      expect(await bob.request(request)).toMatchObject({ type: 'error', code: 'forbidden' })
    await ann.request({ type: 'set_role', channelId, username: bob.username, role: 'admin' })
    expect(
      await bob.request({ type: 'set_role', channelId, username: cyd.username, role: 'admin' }),
    ).toMatchObject({
      code: 'forbidden',
    })
    expect(
      await bob.request({ type: 'remove_participant', channelId, username: ann.username }),
    ).toMatchObject({
      code: 'forbidden',
    })
    expect(await bob.request({ type: 'delete_message', channelId, seq })).toMatchObject({
      type: 'message_deleted',
    })
    expect(
      await bob.request({ type: 'update_channel', channelId, name: 'ours', topic: 'rooks' }),
    ).toMatchObject({
      type: 'channel_updated',
      name: 'ours',
      topic: 'rooks',
    })
    const list = await call(world.url, 'GET', `/channels/${channelId}`, {
      token: ann.session.sessionToken,
    })
    expect(list.body.channel).toMatchObject({ name: 'ours', topic: 'rooks' })
  })

  it('a private channel answers a stranger as if it did not exist', async () => {
    const direct = await ann.request({ type: 'create_channel', participants: [bob.username] })
    const closed = await group(bob.username)
    const { seq } = await ann.request({
      type: 'chat_message',
      channelId: closed.channelId,
      content: 'private',
    })
    const none = 'g-0000000000000000000000000000000000000000'
    const stranger = await BareClient.registered(world.url, 'str')
    const token = stranger.session.sessionToken
    const ask = async (channelId: string) => {
      const frames = [
        { type: 'join_channel', channelId },
        { type: 'leave_channel', channelId },
        { type: 'chat_message', channelId, content: 'x' },
        { type: 'edit_message', channelId, seq, content: 'x' },
        { type: 'delete_message', channelId, seq },
        { type: 'add_reaction', channelId, seq, emoji: '👍' },
        { type: 'remove_reaction', channelId, seq, emoji: '👍' },
        { type: 'add_participants', channelId, participants: [stranger.username] },
        { type: 'remove_participant', channelId, username: bob.username },
        { type: 'set_role', channelId, username: bob.username, role: 'member' },
        { type: 'update_channel', channelId, topic: 'x' },
        { type: 'mark_channel_read', channelId },
        { type: 'typing', channelId },
      ]
      const calls: [string, string, unknown?][] = [
        ['GET', ''],
        ['GET', '/participants'],
        ['GET', '/messages'],
        ['GET', `/messages/${seq}`],
        ['POST', '/messages', { content: 'x' }],
        ['GET', '/consumers/c/messages'],
        ['POST', '/consumers/c/commit', { seq: 1 }],
      ]
      const answers: unknown[] = []
      for (const frame of frames) {
        const { requestId: _, ...answer } = await stranger.request(frame)
        answers.push(answer)
      }
      answers.push(await stranger.sync(channelId, 0))
      for (const [method, path, body] of calls) {
        const answer = await call(world.url, method, `/channels/${channelId}${path}`, {
          token,
          body,
        })
        answers.push([answer.status, answer.body])
      }
      return JSON.stringify(answers).replaceAll(channelId, 'CHANNEL')
    }
    const nothing = await ask(none)
    expect(nothing).toContain('not_found')
    expect(nothing).not.toContain('forbidden')
    expect(await ask(direct.channelId)).toBe(nothing)
    expect(await ask(closed.channelId)).toBe(nothing)
    stranger.terminate()
  })

  it('channels are listed at log-in, newest first, with unread count and last message', async () => {
    const session = await register(world.url, newName('dan'))
    const dan = await BareClient.connect(session)
    const first = await ann.request({ type: 'create_channel', participants: [session.username] })
    const { channelId } = await group(session.username)
    await ann.request({ type: 'chat_message', channelId: first.channelId, content: 'one' })
    await ann.request({ type: 'chat_message', channelId: first.channelId, content: 'two' })
    await dan.close()
    const again = await BareClient.connect(session)
    const list = await again.next((frame) => frame.type === 'channels_list')
    const channels = list['channels'] as Record<string, unknown>[]
    expect(channels.map((channel) => channel['channelId'])).toEqual([first.channelId, channelId])
    expect(channels[0]).toMatchObject({
      unread: 2,
      head: 3,
      lastMessage: { content: 'two' },
      name: null,
    })
    expect(again.frames.map((frame) => frame.type).slice(0, 2)).toEqual([
      'authenticated',
      'channels_list',
    ])
    again.terminate()
  })
})
