import type { ServerFrame } from '@rookery/protocol'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { RookeryClient } from '../src/index.ts'
import { FakeServer, next, quick, recordSeqs } from '../src/testing/index.ts'
import type { FakeChannel } from '../src/testing/index.ts'

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('delivery', () => {
  let server: FakeServer
  let client: RookeryClient
  let channel: FakeChannel
  let seqs: number[]

  beforeEach(async () => {
    server = await FakeServer.start()
    server.chat.users.set('bob', { password: 'secret-1', displayName: 'Bob' })
    client = new RookeryClient({ url: server.url, ...quick })
    await client.register('ada', 'secret-1')
    channel = server.chat.open({ name: 'Team', members: ['ada', 'bob'] })
    await client.connect()
    seqs = recordSeqs(client)
  })

  afterEach(async () => {
    client.close()
    await server.close()
  })

  const bobSays = (content: string): ServerFrame => server.chat.say(channel, 'bob', content)
  const push = (...frames: ServerFrame[]) => {
    for (const frame of frames) server.toUsers(['ada'], frame)
  }
  const lastSeq = (seq: number) => next(client, 'event', (event) => event.seq === seq)
  const cut = () => {
    for (const { ws } of server.open) ws.terminate()
  }

  it('delivers each event once, even if it comes repeatedly', async () => {
    const [two, three] = [bobSays('2'), bobSays('3')]
    const done = lastSeq(3)
    push(two, two, two, three, two)
    await done
    push(three)
    const end = lastSeq(4)
    push(bobSays('4'))
    await end
    expect(seqs).toEqual([2, 3, 4])
  })

  it('delivers events in order, in any order of arrival', async () => {
    const frames = range(2, 6).map((seq) => bobSays(String(seq)))
    const done = lastSeq(6)
    push(...frames.toReversed())
    await done
    expect(seqs).toEqual(range(2, 6))
  })

  it('fetches the missing events of a hole, and applies later events after them', async () => {
    bobSays('lost')
    bobSays('lost too')
    const done = lastSeq(4)
    const synced = next(client, 'synced')
    push(bobSays('4'))
    await done
    await synced
    expect(seqs).toEqual([2, 3, 4])
    expect(server.sent('sync')).toHaveLength(1)
  })

  it('fetches a lost last event when the server announces the head', async () => {
    bobSays('lost')
    const done = lastSeq(2)
    push({ type: 'channel_head', channelId: channel.channelId, head: 2 })
    await done
    expect(seqs).toEqual([2])
  })

  it('fetches the events of a long absence in pages', async () => {
    cut()
    for (let count = 0; count < 950; count++) bobSays(String(count))
    const { events } = await next(client, 'synced')
    expect(events).toBe(950)
    expect(seqs).toEqual(range(2, 951))
    expect(server.sent('sync')).toHaveLength(5)
  })

  it('keeps one sync in flight, and accepts live events meanwhile', async () => {
    let release = () => {}
    server.onSend = (frame, socket) => {
      if (frame.type !== 'sync_result' || release.name === 'released') return [frame]
      release = function released() {
        socket.ws.send(JSON.stringify(frame))
      }
      return []
    }
    bobSays('lost')
    push(bobSays('3'))
    await server.until(() => server.sent('sync').length === 1)
    push(bobSays('4'), bobSays('5'))
    const done = lastSeq(5)
    release()
    await done
    expect(seqs).toEqual([2, 3, 4, 5])
    expect(server.sent('sync')).toHaveLength(1)
  })

  it('asks again when a sync gets no answer', async () => {
    let dropped = 0
    server.onSend = (frame) => (frame.type === 'sync_result' && dropped++ < 2 ? [] : [frame])
    bobSays('lost')
    const done = lastSeq(3)
    push(bobSays('3'))
    await done
    expect(seqs).toEqual([2, 3])
  })

  it('asks again when a sync brings nothing, without flooding', async () => {
    let empty = 0
    server.onSend = (frame) => {
      if (frame.type !== 'sync_result' || empty++ >= 3) return [frame]
      return [
        {
          ...frame,
          channels: { [channel.channelId]: { events: [], head: 3, more: true } },
        },
      ]
    }
    bobSays('lost')
    const done = lastSeq(3)
    push(bobSays('3'))
    await done
    expect(seqs).toEqual([2, 3])
  })

  it('asks again after a retryable refusal of a sync', async () => {
    let refused = 0
    server.onFrame = (frame, socket) => {
      if (frame.type !== 'sync' || refused++ > 0) return false
      const requestId = frame.requestId ?? ''
      socket.send({ type: 'error', code: 'rate_limited', message: '', requestId, retryAfterMs: 5 })
      return true
    }
    bobSays('lost')
    const done = lastSeq(3)
    push(bobSays('3'))
    await done
    expect(seqs).toEqual([2, 3])
  })

  it('does not show an event of an unknown type, but counts its number', async () => {
    const unknown = next(client, 'unknown_event')
    const [two, three] = [bobSays('2'), bobSays('3')]
    const done = lastSeq(3)
    push({ ...two, type: 'poll_opened' } as never, three)
    await done
    expect(await unknown).toMatchObject({ wireType: 'poll_opened', seq: 2 })
    expect(seqs).toEqual([2, 3])
    expect(server.sent('sync')).toHaveLength(0)
  })

  it('delivers every event of a batch', async () => {
    const events = range(2, 4).map((seq) => bobSays(String(seq)))
    const done = lastSeq(4)
    push({ type: 'batch', events } as ServerFrame)
    await done
    expect(seqs).toEqual([2, 3, 4])
  })

  it('catches up after a lost connection with the events sent meanwhile', async () => {
    cut()
    bobSays('while away')
    const ready = await next(client, 'ready')
    await next(client, 'synced')
    expect(ready).toMatchObject({ resumed: true, behind: 1 })
    expect(seqs).toEqual([2])
    expect(client.channels.get(channel.channelId)?.channel).toMatchObject({ head: 2, unread: 1 })
  })

  it('continues after a socket was cut in mid-frame', async () => {
    const [socket] = server.open
    const two = bobSays('cut in the middle')
    const text = Buffer.from(JSON.stringify(two))
    const ws = socket?.ws as unknown as { _socket: { write(data: Buffer): void } } | undefined
    // The header promises the whole text, but only half of it follows.
    ws?._socket.write(
      Buffer.concat([Buffer.from([0x81, 126, 0, text.length]), text.subarray(0, 20)]),
    )
    const done = lastSeq(2)
    cut()
    await done
    expect(seqs).toEqual([2])
  })

  it('ignores text that is no frame', async () => {
    const [socket] = server.open
    for (const text of ['', 'hello', '[]', '{"type":5}', '{"type":"message_ack"}']) {
      socket?.sendText(text)
    }
    const done = lastSeq(2)
    push(bobSays('still here'))
    await done
    expect(seqs).toEqual([2])
  })

  it('drops its cache when the epoch changes', async () => {
    for (const seq of range(2, 5)) push(bobSays(String(seq)))
    await lastSeq(5)
    server.chat.epoch = 'epoch-2'
    channel.events.length = 3
    cut()
    const reset = await next(client, 'reset')
    expect(reset).toEqual({ channelId: channel.channelId, head: 3 })
    const done = lastSeq(4)
    push(bobSays('a new 4'))
    await done
    expect(seqs).toEqual([2, 3, 4, 5, 4])
  })

  it('asks for the list again when a sync shows another epoch', async () => {
    server.chat.epoch = 'epoch-2'
    bobSays('lost')
    push(bobSays('3'))
    expect(await next(client, 'reset')).toMatchObject({ head: 3 })
    expect(server.sent('authenticate')).toHaveLength(2)
  })

  it('drops its cache when the server has fewer events', async () => {
    for (const seq of range(2, 5)) push(bobSays(String(seq)))
    await lastSeq(5)
    channel.events.length = 2
    cut()
    expect(await next(client, 'reset')).toEqual({ channelId: channel.channelId, head: 2 })
  })

  it('keeps its cache when only the list of another server is late', async () => {
    for (const seq of range(2, 5)) push(bobSays(String(seq)))
    await lastSeq(5)
    let resets = 0
    client.on('reset', () => (resets += 1))
    server.onSend = (frame) =>
      frame.type === 'channels_list'
        ? [{ ...frame, channels: frame.channels.map((one) => ({ ...one, head: 3 })) }]
        : [frame]
    cut()
    await next(client, 'ready')
    const done = lastSeq(6)
    push(bobSays('6'))
    await done
    expect(seqs).toEqual([2, 3, 4, 5, 6])
    expect(resets).toBe(0)
  })

  it('drops its cache when a sync says reset', async () => {
    server.onSend = (frame) =>
      frame.type === 'sync_result'
        ? [{ ...frame, channels: { [channel.channelId]: { reset: true, head: 7 } } }]
        : [frame]
    bobSays('lost')
    push(bobSays('3'))
    expect(await next(client, 'reset')).toEqual({ channelId: channel.channelId, head: 7 })
    const done = lastSeq(8)
    push({ ...bobSays('after'), seq: 8 } as ServerFrame)
    await done
    expect(seqs).toEqual([8])
  })

  it('removes a channel that it may no longer read', async () => {
    bobSays('lost')
    const three = bobSays('3')
    channel.members.delete('ada')
    push(three)
    expect(await next(client, 'channel_removed')).toEqual({ channelId: channel.channelId })
    expect(client.channels.has(channel.channelId)).toBe(false)
  })

  it('notices channels that were removed or added while it was away', async () => {
    const other = server.chat.open({ name: 'New', members: ['bob', 'ada'] })
    channel.members.delete('ada')
    const removed = next(client, 'channel_removed')
    const ready = next(client, 'ready')
    cut()
    expect(await removed).toEqual({ channelId: channel.channelId })
    await ready
    expect([...client.channels.keys()]).toEqual([other.channelId])
  })

  it('fetches events that came before the frame that announced the new membership', async () => {
    const other = server.chat.open({ name: 'New', members: ['bob'] })
    const joined = server.chat.append(other, {
      type: 'participant_joined',
      username: 'ada',
      ...server.chat.done('bob'),
    })
    other.members.set('ada', 'member')
    const view = server.chat.view(other, 'ada')
    const said = server.chat.say(other, 'bob', 'welcome')
    const done = next(client, 'chat_message')
    push(joined, said, {
      type: 'channel_joined',
      channelId: other.channelId,
      channel: view,
      participants: [],
      messages: [],
      head: view.head,
      by: 'bob',
    })
    expect(await done).toMatchObject({ content: 'welcome', seq: 3 })
  })

  it('follows a channel from its creation', async () => {
    const other = server.chat.open({ name: 'New', members: ['bob', 'ada'] })
    const created = next(client, 'channel_created')
    push(...(other.events as ServerFrame[]))
    expect(await created).toMatchObject({ seq: 1, channelId: other.channelId })
    expect(client.channels.get(other.channelId)?.title).toBe('New')
  })
})
