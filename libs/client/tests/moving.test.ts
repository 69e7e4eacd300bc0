import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { WebSocket } from 'ws'
import { RookeryClient } from '../src/index.ts'
import { FakeServer, next, quick } from '../src/testing/index.ts'
import type { FakeChannel } from '../src/testing/index.ts'

describe('moving away from a draining server', () => {
  let server: FakeServer
  let client: RookeryClient
  let channel: FakeChannel

  beforeEach(async () => {
    server = await FakeServer.start(2)
    client = new RookeryClient({ url: server.url, deviceId: 'desk', ...quick })
    await client.register('ada', 'secret-1')
    channel = server.chat.open({ name: 'Team', members: ['ada'] })
  })

  afterEach(async () => {
    client.close()
    await server.close()
  })

  it('opens the new socket before it drops the old one when the server drains', async () => {
    await client.connect()
    const [old] = server.open
    server.preferred = 1
    let openWhenListed = 0
    server.onSend = (frame, socket) => {
      if (frame.type === 'channels_list' && socket.serverId === 'chat-2') {
        openWhenListed = server.open.length
      }
      return [frame]
    }
    old?.send({ type: 'server_draining', reconnectAfterMs: 5 })
    const ready = next(client, 'ready')
    let reconnecting = 0
    client.on('reconnecting', () => reconnecting++)
    await client.send(channel.channelId, 'while it drains')
    expect(await ready).toMatchObject({ serverId: 'chat-2', resumed: true })
    await server.until(() => server.open.length === 1)
    expect(openWhenListed).toBe(2)
    expect(reconnecting).toBe(0)
    await client.send(channel.channelId, 'after')
    expect(server.chat.messages(channel)).toHaveLength(2)
  })

  it('moves on when its new socket replaces the old one', async () => {
    await client.connect()
    const [old] = server.open
    server.preferred = 1
    server.onFrame = (frame) => {
      if (frame.type === 'authenticate') old?.ws.close(4010)
      return false
    }
    old?.send({ type: 'server_draining', reconnectAfterMs: 1 })
    expect(await next(client, 'ready')).toMatchObject({ serverId: 'chat-2' })
    await client.send(channel.channelId, 'still here')
  })

  it('tries again when the old socket was replaced and the new one failed', async () => {
    await client.connect()
    const [old] = server.open
    server.preferred = 1
    server.onFrame = (frame) => {
      if (frame.type !== 'authenticate') return false
      old?.ws.close(4010)
      // The successor fails. No other socket holds the place, so it is tried again.
      server.onFrame = () => false
      return false
    }
    server.onSend = (frame, socket) => {
      if (frame.type !== 'authenticated' || socket.serverId !== 'chat-2') return [frame]
      server.onSend = (other) => [other]
      void once(old?.ws as WebSocket, 'close').then(() => socket.ws.terminate())
      return []
    }
    old?.send({ type: 'server_draining', reconnectAfterMs: 1 })
    expect(await next(client, 'ready')).toMatchObject({ serverId: 'chat-2' })
  })

  it('does not stop when another server refuses it while its socket is open', async () => {
    await client.connect()
    server.preferred = 1
    server.onFrame = (frame, socket) => {
      if (frame.type !== 'authenticate') return false
      server.onFrame = () => false
      socket.ws.close(4009)
      return true
    }
    server.open[0]?.send({ type: 'server_draining', reconnectAfterMs: 1 })
    await next(client, 'reconnecting')
    expect(client.online).toBe(true)
    expect(await next(client, 'ready')).toMatchObject({ serverId: 'chat-2' })
  })

  it('keeps the old socket while the new server cannot be reached', async () => {
    await client.connect()
    await server.stopChatServer(1)
    server.preferred = 1
    server.open[0]?.send({ type: 'server_draining', reconnectAfterMs: 1 })
    await next(client, 'reconnecting')
    await client.send(channel.channelId, 'on the old one')
    server.preferred = 0
    expect(await next(client, 'ready')).toMatchObject({ serverId: 'chat-1' })
    await server.until(() => server.open.length === 1)
  })
})
