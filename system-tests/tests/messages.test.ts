import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { BareClient } from '../src/bare-client.ts'
import { logIn } from '../src/rest.ts'
import { startWorld, type World } from '../src/world.ts'

describe('messages', () => {
  let world: World
  let ann: BareClient
  let bob: BareClient
  let channelId: string

  beforeAll(async () => {
    world = await startWorld()
    ann = await BareClient.registered(world.url, 'ann')
    bob = await BareClient.registered(world.url, 'bob')
    const created = await ann.request({ type: 'create_channel', participants: [bob.username] })
    channelId = created.channelId
  })
  afterAll(async () => {
    ann.terminate()
    bob.terminate()
    await world.close()
  })

  const say = (who: BareClient, content: string, more = {}) =>
    who.request({ type: 'chat_message', channelId, content, ...more })

  it('a message is acknowledged with the seq under which all members are shown it', async () => {
    const ack = await say(ann, 'hello', { metadata: { a: [1, { b: null }] }, clientSeq: 1 })
    expect(ack).toMatchObject({ type: 'message_ack', channelId, clientSeq: 1 })
    for (const client of [ann, bob]) {
      const event = await client.next(
        (frame) => frame.type === 'chat_message' && frame.seq === ack.seq,
      )
      expect(event).toMatchObject({
        messageId: ack.messageId,
        senderId: ann.username,
        content: 'hello',
        metadata: { a: [1, { b: null }] },
        sentAt: ack.sentAt,
        clientSeq: 1,
      })
    }
  })

  it('messages are shown to both members in one order without a gap', async () => {
    const sends = Array.from({ length: 10 }, (_, i) =>
      Promise.all([
        say(ann, `a${i}`, { clientSeq: 10 + i }),
        say(bob, `b${i}`, { clientSeq: 10 + i }),
      ]),
    )
    const acks = (await Promise.all(sends)).flat()
    const last = Math.max(...acks.map((ack) => ack.seq))
    for (const client of [ann, bob]) {
      await client.next((frame) => frame.type === 'chat_message' && frame.seq === last)
      const seqs = client.events(channelId).map((event) => event.seq)
      expect(seqs).toEqual(seqs.map((_, i) => i + 1))
    }
    const order = (client: BareClient) =>
      client.events(channelId).map((event) => [event.seq, event.content ?? null])
    expect(order(ann)).toEqual(order(bob))
  })

  it('a repeated message gets its first seq, also on another socket of the session', async () => {
    const first = await say(ann, 'once', { clientSeq: 50 })
    const again = await say(ann, 'once', { clientSeq: 50 })
    expect(again).toMatchObject({ type: 'message_ack', seq: first.seq, clientSeq: 50 })
    const { session } = await ann.next((frame) => frame.type === 'authenticated')
    const other = await BareClient.connect(await logIn(world.url, ann.username), {
      session,
      deviceId: 'second',
    })
    const elsewhere = await other.request({
      type: 'chat_message',
      channelId,
      content: 'once',
      clientSeq: 50,
    })
    expect(elsewhere).toMatchObject({
      type: 'message_ack',
      seq: first.seq,
      messageId: first.messageId,
    })
    await other.close()
    // If a repeat made an event, it would be shown before this message.
    const after = await say(bob, 'after')
    await bob.event(channelId, after.seq)
    const shown = bob.events(channelId).filter((event) => event.content === 'once')
    expect(shown).toHaveLength(1)
  })

  it('a repeat with another text, or under a skipped number, is superseded', async () => {
    await say(ann, 'as it was', { clientSeq: 60 })
    const altered = await say(ann, 'as it was not', { clientSeq: 60 })
    expect(altered).toMatchObject({ type: 'error', code: 'superseded', clientSeq: 60, channelId })
    expect(altered.retryAfterMs).toBeUndefined()
    const skipped = await say(ann, 'late', { clientSeq: 55 })
    expect(skipped).toMatchObject({ type: 'error', code: 'superseded', clientSeq: 55 })
  })

  it('a message without a clientSeq is answered by requestId, and shows no session', async () => {
    const ack = await say(bob, 'plain')
    expect(ack.clientSeq).toBeUndefined()
    const event = await ann.next((frame) => frame.type === 'chat_message' && frame.seq === ack.seq)
    expect(event.session).toBeUndefined()
    expect(event.clientSeq).toBeUndefined()
  })

  it('a message is edited by its author alone', async () => {
    const { seq } = await say(ann, 'first')
    const refused = await bob.request({ type: 'edit_message', channelId, seq, content: 'mine' })
    expect(refused).toMatchObject({ type: 'error', code: 'forbidden' })
    const edited = await ann.request({ type: 'edit_message', channelId, seq, content: 'second' })
    expect(edited).toMatchObject({
      type: 'message_edited',
      targetSeq: seq,
      content: 'second',
      by: ann.username,
    })
    const shown = await bob.next(
      (frame) => frame.type === 'message_edited' && frame.targetSeq === seq,
    )
    expect(shown.requestId).toBeUndefined()
    expect(shown.seq).toEqual(edited.seq)
    const joined = await bob.request({ type: 'join_channel', channelId })
    const now = joined.messages.at(-1)
    expect(now).toMatchObject({ seq, content: 'second', editedAt: expect.any(String) })
  })

  it('a deleted message loses its text and the texts of its edits', async () => {
    const { seq } = await say(ann, 'secret one')
    await ann.request({ type: 'edit_message', channelId, seq, content: 'secret two' })
    const before = seq - 1
    const refused = await bob.request({ type: 'delete_message', channelId, seq })
    expect(refused).toMatchObject({ type: 'error', code: 'forbidden' })
    const deleted = await ann.request({ type: 'delete_message', channelId, seq })
    expect(deleted).toMatchObject({ type: 'message_deleted', targetSeq: seq })
    const synced = await bob.sync(channelId, before)
    expect(JSON.stringify(synced)).not.toContain('secret')
    expect(synced.events.map((event) => event.type)).toEqual([
      'chat_message',
      'message_edited',
      'message_deleted',
    ])
    const joined = await bob.request({ type: 'join_channel', channelId })
    expect(JSON.stringify(joined)).not.toContain('secret')
    const now = joined.messages.at(-1)
    expect(now).toMatchObject({ seq, deletedAt: expect.any(String) })
    expect(now).not.toHaveProperty('content')
    const late = await ann.request({
      type: 'edit_message',
      channelId,
      seq,
      content: 'secret three',
    })
    expect(late).toMatchObject({ type: 'error', code: 'not_found' })
  })

  it('a message takes each reaction once per user and emoji', async () => {
    const { seq } = await say(ann, 'react to me')
    for (const client of [ann, bob, bob])
      expect(
        await client.request({ type: 'add_reaction', channelId, seq, emoji: '👍' }),
      ).toMatchObject({
        type: 'reaction_added',
        targetSeq: seq,
        emoji: '👍',
        by: client.username,
      })
    await ann.request({ type: 'add_reaction', channelId, seq, emoji: '🎉' })
    await ann.request({ type: 'remove_reaction', channelId, seq, emoji: '🎉' })
    const joined = await bob.request({ type: 'join_channel', channelId, limit: 1 })
    const now = joined.messages[0]
    expect(now).toMatchObject({ seq, reactions: { '👍': [ann.username, bob.username].sort() } })
  })

  it('a repeated edit is answered with the same event', async () => {
    const { seq } = await say(ann, 'repeat', { clientSeq: 100 })
    const edit = { type: 'edit_message', channelId, seq, content: 'repeated', clientSeq: 101 }
    const first = await ann.request(edit)
    const again = await ann.request(edit)
    expect(again).toEqual({ ...first, requestId: again.requestId })
  })
})
