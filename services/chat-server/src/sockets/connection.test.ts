import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { closeCodes } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import { identityOf, openConnection } from '../../tests/open-connection.ts'
import { quietHubDeps, tick } from '../../tests/quiet-hub-deps.ts'
import { ChannelHub } from '../channels/channel-hub.ts'
import { RequestError } from '../request-error.ts'
import { OutFrame } from './out-frame.ts'
import { TokenBucket } from './token-bucket.ts'

const mebibyte = 1024 * 1024
const heartbeat = (requestId?: string) =>
  ({ type: 'heartbeat', ...(requestId && { requestId }) }) as const
const chatMessage = { type: 'chat_message', channelId: 'p-0', content: 'x' } as const

/** A connection of ann's that is ready. */
function ready(deps?: Parameters<typeof openConnection>[0]) {
  const opened = openConnection(deps)
  opened.connection.identity = identityOf('ann')
  opened.connection.ready = true
  return opened
}

describe('the frames that come in on a connection', () => {
  it('handles frames one after another, in the order they came', async () => {
    const ends: (() => void)[] = []
    const { receive, handled } = ready({ handle: () => new Promise((end) => ends.push(end)) })
    receive(heartbeat('1'))
    receive(heartbeat('2'))
    await tick()
    expect(handled).toEqual([heartbeat('1')])
    ends[0]?.()
    await tick()
    expect(handled).toEqual([heartbeat('1'), heartbeat('2')])
  })

  it('pauses the socket when 64 frames wait, until half of them are handled', async () => {
    const ends: (() => void)[] = []
    const { receive, ws } = ready({ handle: () => new Promise((end) => ends.push(end)) })
    // The first one is being handled and does not wait.
    for (let sent = 0; sent < 1 + 63; sent += 1) receive(heartbeat())
    expect(ws.calls).toEqual([])
    receive(heartbeat())
    expect(ws.calls).toEqual(['pause'])
    for (let done = 0; done < 33; done += 1) {
      ends[done]?.()
      await tick()
    }
    expect(ws.calls).toEqual(['pause'])
    ends[33]?.()
    await tick()
    expect(ws.calls).toEqual(['pause', 'resume'])
  })

  it('pauses the socket when 64 KiB of frames wait', async () => {
    const { receive, ws } = ready({ handle: () => new Promise(() => undefined) })
    receive(heartbeat())
    receive({ ...chatMessage, content: 'x'.repeat(33_000) })
    expect(ws.calls).toEqual([])
    receive({ ...chatMessage, content: 'x'.repeat(33_000) })
    expect(ws.calls).toEqual(['pause'])
  })

  it('pauses the socket while its client does not read the answers', async () => {
    const { connection, receive, ws, tcp } = ready()
    tcp.writableLength = 2 * mebibyte + 1
    receive(heartbeat())
    await tick()
    expect(ws.calls).toEqual(['pause'])
    tcp.writableLength = 100 * 1024
    connection.sweep(steadyNow(), 30_000)
    expect(ws.calls).toEqual(['pause'])
    tcp.writableLength = 0
    connection.sweep(steadyNow(), 30_000)
    expect(ws.calls).toEqual(['pause', 'resume'])
  })

  it('drops the frames that still wait when the connection closes', async () => {
    const { connection, receive, handled } = ready()
    receive(heartbeat('1'))
    receive(heartbeat('2'))
    connection.close(closeCodes.normal)
    receive(heartbeat('3'))
    await tick()
    expect(handled).toEqual([heartbeat('1')])
  })
})

describe('a refusal on a connection', () => {
  it('repeats the ids of the request in its refusal, and says when to come again', async () => {
    const { receive, tcp, counters } = ready({
      handle: () => Promise.reject(new RequestError('unavailable', 'away', { retryAfterMs: 7 })),
    })
    receive({ ...chatMessage, requestId: 'q', clientSeq: 3 })
    await tick()
    expect(tcp.frames).toEqual([
      {
        type: 'error',
        code: 'unavailable',
        message: 'away',
        requestId: 'q',
        channelId: 'p-0',
        clientSeq: 3,
        retryAfterMs: 7,
      },
    ])
    expect(counters.refusals.value).toBe(1)
  })

  it('logs a defect and sends its client no detail of it', async () => {
    const { receive, tcp, logged } = ready({ handle: () => Promise.reject(new Error('a secret')) })
    receive(heartbeat('q'))
    await tick()
    expect(tcp.frames).toMatchObject([{ code: 'internal', requestId: 'q' }])
    expect(JSON.stringify(tcp.frames)).not.toContain('secret')
    expect(logged).toMatchObject([{ err: { message: 'a secret' }, type: 'heartbeat' }])
  })

  it('sends no refusal once the connection has closed', async () => {
    const { connection, receive, tcp } = ready({
      handle: () => {
        connection.close(closeCodes.normal)
        return Promise.reject(new Error('late'))
      },
    })
    receive(heartbeat())
    await tick()
    expect(tcp.frames).toEqual([])
  })

  it('closes the connection after broken JSON, but not after an unknown type', async () => {
    const { receive, tcp, ws } = ready()
    receive('{"type":"dance","requestId":"q"}')
    await tick()
    expect(tcp.frames).toMatchObject([{ code: 'unknown_type', requestId: 'q' }])
    expect(ws.calls).toEqual([])
    receive('{')
    await tick()
    expect(tcp.frames[1]).toMatchObject({ code: 'invalid_input', fatal: true })
    expect(ws.calls).toEqual([`close ${closeCodes.protocolError} invalid_input`])
  })

  it('closes a connection whose first frame cannot be read', async () => {
    const { receive, tcp, ws, handled } = openConnection()
    receive('{"type":"dance","requestId":"q"}')
    await tick()
    expect(tcp.frames).toMatchObject([{ code: 'unauthorized', requestId: 'q', fatal: true }])
    expect(ws.calls).toEqual([`close ${closeCodes.unauthenticated} unauthorized`])
    expect(handled).toEqual([])
  })

  it('closes a connection that sends bytes instead of text', async () => {
    const { ws, tcp } = ready()
    ws.emit('message', Buffer.from('{}'), true)
    expect(tcp.frames).toMatchObject([{ code: 'invalid_input', fatal: true }])
    expect(ws.calls).toEqual([`close ${closeCodes.unsupportedData} invalid_input`])
  })
})

describe('the limits of a connection', () => {
  it('tells a client when to come again, and cuts a client that never waits', () => {
    const { connection, ws, counters } = ready()
    const bucket = new TokenBucket(10, 1)
    const refused = expect.objectContaining({ code: 'rate_limited', retryAfterMs: 100 })
    connection.limit(bucket, 1_000)
    expect(() => connection.limit(bucket, 1_000)).toThrow(refused)
    for (let n = 0; n < 2; n += 1)
      expect(() => connection.limit(bucket, 1_000)).toThrow('too many requests')
    expect(connection.closed).toBe(false)
    expect(() => connection.limit(bucket, 1_000)).toThrow('too many requests')
    expect(ws.calls).toEqual([`close ${closeCodes.rateLimited} rate_limited`])
    expect(counters.floods.value).toBe(1)
  })

  it('counts frames that cannot be read towards the limit of requests', async () => {
    const { receive, tcp } = ready()
    for (let sent = 0; sent < 6; sent += 1) receive('{"type":"dance"}')
    await tick()
    const codes = tcp.frames.map((frame) => 'code' in frame && frame.code)
    expect(codes).toEqual([...Array.from({ length: 5 }, () => 'unknown_type'), 'rate_limited'])
  })

  it('cuts a client that sends more than 100 pings in a burst', () => {
    const { ws, counters } = ready()
    for (let sent = 0; sent < 100; sent += 1) ws.emit('ping')
    expect(ws.calls).toEqual([])
    for (let sent = 0; sent < 5; sent += 1) ws.emit('ping')
    expect(ws.calls).toEqual([`close ${closeCodes.rateLimited} rate_limited`])
    expect(counters.floods.value).toBe(1)
  })
})

describe('lag mode of a connection', () => {
  /** A slow socket of ann, who is in the channel of the hub. */
  function slow() {
    const opened = ready()
    const { connection, tcp } = opened
    const hub = new ChannelHub('p-0', quietHubDeps)
    hub.open({ kind: 'public', head: 7, messageNumber: 7 }, 0)
    hub.attach(connection.user, 'member')
    const showEvent = (seq: number): void =>
      connection.showEvent(new OutFrame(`{"type":"chat_message","seq":${seq}}`, true), hub)
    tcp.writableLength = mebibyte + 1
    return { ...opened, hub, showEvent }
  }

  it('leaves events out for a slow socket, and tells their head once it has drained', async () => {
    const { connection, tcp, showEvent, counters } = slow()
    showEvent(6)
    showEvent(7)
    connection.sendIfQuick({ type: 'typing', channelId: 'p-0', userId: 'bob' })
    connection.send({ type: 'heartbeat_ack' })
    expect(connection.isSlow).toBe(true)
    await tick()
    expect(tcp.frames).toEqual([{ type: 'heartbeat_ack' }])
    expect(counters.lagged.value).toBe(1)
    tcp.writableLength = 64 * 1024 - 1
    connection.sweep(steadyNow(), 30_000)
    showEvent(8)
    await tick()
    expect(tcp.frames.slice(1)).toEqual([
      { type: 'channel_head', channelId: 'p-0', head: 7 },
      { type: 'chat_message', seq: 8 },
    ])
  })

  it('tells a drained socket no head of a channel that its user has left', async () => {
    const { connection, tcp, hub, showEvent } = slow()
    showEvent(7)
    hub.detach(connection.user)
    tcp.writableLength = 0
    connection.sweep(steadyNow(), 30_000)
    await tick()
    expect(connection.isSlow).toBe(false)
    expect(tcp.frames).toEqual([])
  })

  it('counts a slow socket as stuck if it takes nothing for 30 s', () => {
    const { connection, tcp, showEvent } = slow()
    showEvent(7)
    const now = steadyNow()
    expect(connection.sweep(now + 29_000, 30_000)).toBe(true)
    tcp.writableLength -= 1
    expect(connection.sweep(now + 31_000, 30_000)).toBe(true)
    expect(connection.sweep(now + 60_000, 30_000)).toBe(true)
    expect(connection.sweep(now + 62_000, 30_000)).toBe(false)
  })
})

describe('the numbers of a session', () => {
  it('lifts the fence of a number whose event the session is shown', () => {
    const { connection } = ready()
    const away = new RequestError('unavailable', 'away', { retryAfterMs: 1 })
    connection.fences.refused('p-0', 5, away, steadyNow())
    connection.noteOwn({ channelId: 'p-0', session: 'another', clientSeq: 5 })
    expect(() => connection.fences.check('p-0', 6, steadyNow())).toThrow('send 5 again first')
    connection.noteOwn({ channelId: 'p-0', session: 's', clientSeq: 5 })
    connection.fences.check('p-0', 6, steadyNow())
    expect(() => connection.fences.check('p-0', 7, steadyNow())).not.toThrow()
  })
})

describe('the end of a connection', () => {
  afterEach(() => void jest.restoreAllMocks())

  it('closes a connection once, after all frames that were sent before', () => {
    const { connection, ws, tcp, left } = ready()
    const onClosed = jest.fn()
    connection.onClosed = onClosed
    connection.send({ type: 'heartbeat_ack' })
    connection.close(closeCodes.serviceRestart, 'bye')
    ws.emit('close')
    connection.terminate()
    connection.send({ type: 'heartbeat_ack' })
    expect(tcp.frames).toEqual([{ type: 'heartbeat_ack' }])
    expect(ws.calls).toEqual([`close ${closeCodes.serviceRestart} bye`, 'terminate'])
    expect(left).toEqual([connection])
    expect(onClosed).toHaveBeenCalledTimes(1)
    expect([connection.closed, connection.ready]).toEqual([true, false])
  })

  it('ends a connection when its client goes away', () => {
    const { ws, left } = ready()
    ws.emit('close')
    expect(left).toHaveLength(1)
  })

  it('sends the reason before it closes a connection', () => {
    const { connection, tcp, ws } = ready()
    connection.fail(new RequestError('conflict', 'a newer one'), closeCodes.replaced)
    expect(tcp.frames).toEqual([
      { type: 'error', code: 'conflict', message: 'a newer one', fatal: true },
    ])
    expect(ws.calls).toEqual([`close ${closeCodes.replaced} conflict`])
  })
})

it('tells the server of the pong that answers a probe, and of no other', () => {
  const { connection, ws, answeredProbes } = ready()
  connection.heardAt = 0
  ws.emit('pong')
  expect(connection.heardAt).toBeGreaterThan(0)
  expect(answeredProbes).toEqual([])
  connection.probe()
  expect(ws.calls).toEqual(['ping'])
  ws.emit('pong')
  ws.emit('pong')
  expect(answeredProbes).toEqual([connection])
})
