import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { BareClient } from '../src/bare-client.ts'
import { closeCodeIn, openUpgraded, rawFrame, serverFrames } from '../src/raw-frames.ts'
import { frameCases, handshakeCases } from '../src/raw-rfc6455.ts'
import { RawSocket } from '../src/raw-socket.ts'
import { startWorld, type World } from '../src/world.ts'

let world: World
let witness: BareClient
let port: number
beforeAll(async () => {
  world = await startWorld()
  witness = await BareClient.registered(world.url, 'witness')
  port = Number(new URL(witness.session.socketUrl).port)
})
afterAll(async () => {
  await witness.close()
  await world.close()
})

describe('a raw handshake', () => {
  it.each(handshakeCases)(
    'a handshake with $what is answered with $status',
    async ({ sent, status, has, hasNot }) => {
      const socket = await RawSocket.open(port)
      socket.write(sent)
      await socket.until(() => socket.text.includes('\r\n\r\n') || socket.ended, 8_000)
      const head = socket.text.split('\r\n\r\n')[0]?.toLowerCase() ?? ''
      socket.destroy()
      expect(head).toMatch(new RegExp(`^http/1.1 ${status} `))
      expect(head).toContain(has ?? '')
      expect(hasNot !== undefined && head.includes(hasNot)).toBe(false)
    },
  )
})

interface Ending {
  code: number | null
  codeMs: number
  endMs: number
}

/** Sends bytes, never answers the close, and resolves with how the socket ended. */
async function endingOf(sent: Buffer): Promise<Ending> {
  const socket = await openUpgraded(port)
  const from = Date.now()
  socket.write(sent)
  await socket.until(() => closeCodeIn(socket.received) !== null || socket.ended, 3_000)
  const codeMs = Date.now() - from
  const endMs = await socket.untilEnded(3_000)
  socket.destroy()
  return { code: closeCodeIn(socket.received), codeMs, endMs }
}

describe('a raw socket', () => {
  const endings = new Map<string, Promise<Ending>>()
  beforeAll(async () => {
    // In parallel, because each takes a second to be cut.
    for (const { what, sent } of frameCases) endings.set(what, endingOf(sent))
    await Promise.all(endings.values())
  })

  it.each(frameCases)(
    'a socket that sends $what is closed with $code, and cut a second later',
    async (one) => {
      const ending = await endings.get(one.what)
      expect(ending?.code).toBe(one.code)
      expect(ending?.codeMs).toBeLessThan(1_000)
      expect(ending?.endMs).toBeLessThan(2_000)
    },
  )

  it('each ping is answered, even between fragments', async () => {
    const socket = await openUpgraded(port)
    socket.write(rawFrame({ opcode: 1, fin: false, payload: '{"type":' }))
    socket.write(rawFrame({ opcode: 9, payload: 'one' }))
    socket.write(rawFrame({ opcode: 9, payload: '' }))
    socket.write(rawFrame({ opcode: 10, payload: 'unasked' }))
    await socket.until(() => serverFrames(socket.received).length === 2, 8_000)
    expect(
      serverFrames(socket.received).map(({ opcode, payload }) => [opcode, payload.toString()]),
    ).toEqual([
      [10, 'one'],
      [10, ''],
    ])
    socket.destroy()
  })

  it('a message that is sent byte by byte is understood', async () => {
    const socket = await openUpgraded(port)
    for (const byte of rawFrame({ opcode: 1, payload: '{"type":"heartbeat","requestId":"é"}' }))
      socket.write(Buffer.from([byte]))
    await socket.until(() => serverFrames(socket.received).length > 1, 8_000)
    expect(JSON.parse(serverFrames(socket.received)[0]?.payload.toString() ?? '')).toMatchObject({
      code: 'unauthorized',
      requestId: 'é',
    })
    socket.destroy()
  })
})

describe('other clients', () => {
  it('other clients are not disturbed by broken sockets', async () => {
    expect(witness.closedWith).toBeNull()
    expect(await witness.request({ type: 'heartbeat' })).toMatchObject({ type: 'heartbeat_ack' })
  })
})
