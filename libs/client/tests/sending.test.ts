import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { RookeryClient } from '../src/index.ts'
import { FakeServer, next, quick, recordSeqs } from '../src/testing/index.ts'
import type { FakeChannel } from '../src/testing/index.ts'

describe('sending', () => {
  let server: FakeServer
  let client: RookeryClient
  let channel: FakeChannel

  beforeEach(async () => {
    server = await FakeServer.start()
    client = new RookeryClient({ url: server.url, session: 'mine', ...quick })
    await client.register('ada', 'secret-1')
    server.chat.users.set('bob', { password: 'secret-1', displayName: 'Bob' })
    channel = server.chat.open({ name: 'Team', members: ['ada', 'bob'] })
    await client.connect()
  })

  afterEach(async () => {
    client.close()
    await server.close()
  })

  const stored = () => server.chat.messages(channel).map(({ content }) => content)
  const cut = () => {
    for (const { ws } of server.open) ws.terminate()
  }

  it('resolves a send with the seq of the message', async () => {
    const sent = await client.send(channel.channelId, 'hi', { metadata: { a: 1 } })
    expect(sent).toMatchObject({ channelId: channel.channelId, seq: 2 })
    expect(server.sent('chat_message')).toMatchObject([
      { content: 'hi', metadata: { a: 1 }, clientSeq: 1 },
    ])
  })

  it('stores a message once when each of its acks and events is lost', async () => {
    let lost = 0
    server.onSend = (frame) => {
      if (frame.type !== 'message_ack' && frame.type !== 'chat_message') return [frame]
      return lost++ < 4 ? [] : [frame]
    }
    expect((await client.send(channel.channelId, 'hi')).seq).toBe(2)
    expect(stored()).toEqual(['hi'])
    expect(new Set(server.sent('chat_message').map(({ clientSeq }) => clientSeq))).toEqual(
      new Set([1]),
    )
  })

  it('resolves a send by the event of the message when only the ack is lost', async () => {
    server.onSend = (frame) => (frame.type === 'message_ack' ? [] : [frame])
    await client.send(channel.channelId, 'hi')
    expect(server.sent('chat_message')).toHaveLength(1)
  })

  it('resolves a send by an event that a sync brings', async () => {
    server.onSend = (frame) =>
      frame.type === 'message_ack' || frame.type === 'chat_message' ? [] : [frame]
    server.onFrame = (frame) => {
      if (frame.type === 'chat_message') setTimeout(cut, 5)
      return frame.type === 'chat_message' && stored().length > 0
    }
    expect((await client.send(channel.channelId, 'hi')).seq).toBe(2)
    expect(stored()).toEqual(['hi'])
  })

  it('keeps the order and stores each message once over many cuts', async () => {
    const seqs = recordSeqs(client)
    let count = 0
    server.onFrame = (frame, socket) => {
      if (frame.type !== 'chat_message' || ++count % 7 !== 0) return false
      socket.ws.terminate()
      // Some are stored although their answer is lost, and some are not stored.
      return count % 2 === 0
    }
    const contents = Array.from({ length: 60 }, (_, index) => `message ${index}`)
    const sent = await Promise.all(
      contents.map((content) => client.send(channel.channelId, content)),
    )
    expect(stored()).toEqual(contents)
    expect(sent.map(({ seq }) => seq)).toEqual(contents.map((_, index) => index + 2))
    await server.until(() => seqs.at(-1) === 61)
    expect(seqs).toEqual(contents.map((_, index) => index + 2))
  })

  it('sends unanswered requests first after a reconnect, with their numbers', async () => {
    server.onFrame = (frame) => frame.type === 'chat_message'
    const outcomes = ['a', 'b'].map((content) => client.send(channel.channelId, content))
    await server.until(() => server.sent('chat_message').length === 2)
    const ready = next(client, 'ready')
    server.onFrame = () => false
    const lost = next(client, 'reconnecting')
    cut()
    await lost
    outcomes.push(client.send(channel.channelId, 'new'))
    expect(await ready).toMatchObject({ resent: 2 })
    await Promise.all(outcomes)
    const frames = server.sent('chat_message').slice(2)
    expect(frames.map(({ content, clientSeq }) => [content, clientSeq])).toEqual([
      ['a', 1],
      ['b', 2],
      ['new', 3],
    ])
    expect(server.sent('authenticate').map(({ session }) => session)).toEqual(['mine', 'mine'])
  })

  it('sends a superseded message again under a new number', async () => {
    const other = new RookeryClient({ url: server.url, session: 'mine', ...quick })
    await other.logIn('ada', 'secret-1')
    await other.connect()
    await other.send(channel.channelId, 'under number 1')
    expect((await client.send(channel.channelId, 'also 1')).seq).toBe(3)
    expect(stored()).toEqual(['under number 1', 'also 1'])
    other.close()
  })

  it('retries retryable requests, in order', async () => {
    let refusals = 0
    let fence = Number.POSITIVE_INFINITY
    server.onFrame = (frame, socket) => {
      if (frame.type !== 'chat_message') return false
      const { requestId = '', channelId, clientSeq = 0 } = frame
      if (clientSeq <= fence) {
        fence = refusals++ < 3 ? clientSeq : Number.POSITIVE_INFINITY
        if (fence !== clientSeq) return false
      }
      const echo = { requestId, channelId, clientSeq }
      socket.send({ type: 'error', code: 'unavailable', message: '', retryAfterMs: 2, ...echo })
      return true
    }
    const contents = ['a', 'b', 'c']
    await Promise.all(contents.map((content) => client.send(channel.channelId, content)))
    expect(stored()).toEqual(contents)
  })

  it('rejects a send with the code of a final error', async () => {
    await expect(client.send('elsewhere', 'hi')).rejects.toMatchObject({
      code: 'not_found',
      retryable: false,
    })
  })

  it.each([1002, 1003, 1007, 1009, 4000])(
    'never resends the frame that caused %i',
    async (code) => {
      server.onFrame = (frame, socket) => {
        if (frame.type !== 'chat_message' || frame.content !== 'poison') return false
        socket.ws.close(code)
        return true
      }
      await expect(client.send(channel.channelId, 'poison')).rejects.toMatchObject({
        code: 'frame_refused',
      })
      await next(client, 'ready')
      await client.send(channel.channelId, 'fine')
      expect(server.sent('chat_message').map(({ content }) => content)).toEqual(['poison', 'fine'])
    },
  )

  it('keeps at most messageBurst requests unanswered', async () => {
    let held: (() => void)[] = []
    server.onSend = (frame, socket) => {
      if (frame.type !== 'message_ack') return frame.type === 'chat_message' ? [] : [frame]
      held.push(() => socket.ws.send(JSON.stringify(frame)))
      return []
    }
    const outcomes = Array.from({ length: 30 }, () => client.send(channel.channelId, 'x'))
    await server.until(() => held.length === 20)
    expect(server.sent('chat_message')).toHaveLength(20)
    server.onSend = (frame) => [frame]
    for (const release of held) release()
    held = []
    await Promise.all(outcomes)
    expect(stored()).toHaveLength(30)
  })

  it('rejects waiting requests when it is closed', async () => {
    server.onFrame = (frame) => frame.type === 'chat_message'
    const outcome = client.send(channel.channelId, 'hi')
    client.close()
    await expect(outcome).rejects.toMatchObject({ code: 'closed' })
    await expect(client.send(channel.channelId, 'hi')).rejects.toMatchObject({ code: 'closed' })
  })

  it('lets a successor continue its session', async () => {
    await client.send(channel.channelId, 'one')
    const state = client.state()
    expect(state).toMatchObject({ session: 'mine', nextClientSeq: 2 })
    client.close()
    const { session, nextClientSeq } = state
    client = new RookeryClient({ url: server.url, ...quick, session, nextClientSeq })
    await client.logIn('ada', 'secret-1')
    await client.connect()
    await client.send(channel.channelId, 'two')
    expect(server.sent('chat_message').map(({ clientSeq }) => clientSeq)).toEqual([1, 2])
  })

  it('makes every request of the protocol', async () => {
    const { channelId } = channel
    const { seq } = await client.send(channelId, 'hi')
    await client.edit(channelId, seq, 'ho')
    await client.react(channelId, seq, '👍')
    await client.unreact(channelId, seq, '👍')
    await client.updateChannel(channelId, { topic: 'all' })
    await client.setRole(channelId, 'bob', 'admin')
    expect(await client.markRead(channelId)).toBe(7)
    await client.removeParticipant(channelId, 'bob')
    await client.addParticipants(channelId, ['bob'])
    await client.deleteMessage(channelId, seq)
    await client.setStatus('away', 'lunch')
    expect(await client.watch(['bob'])).toMatchObject([{ userId: 'bob' }])
    await client.unwatch(['bob'])
    const created = await client.createChannel({ name: 'Open', kind: 'public' })
    expect((await client.join({ name: 'oPEN' })).channelId).toBe(created)
    expect(await client.history(channelId)).toMatchObject([{ seq, deletedAt: expect.any(String) }])
    await client.leave(created)
    expect(client.channels.has(created)).toBe(false)
  })

  it('sends typing every 3 s at most', async () => {
    for (let key = 0; key < 10; key++) client.typing(channel.channelId)
    await client.send(channel.channelId, 'typed')
    expect(server.sent('typing')).toHaveLength(1)
  })

  it('watches the same users on the next socket', async () => {
    await client.watch(['bob'])
    cut()
    await server.until(() => server.sent('subscribe').length === 2)
    expect(server.sent('subscribe')[1]).toMatchObject({ userIds: ['bob'] })
  })
})
