import { describe, expect, it } from '@jest/globals'
import { FakeTcpSocket, payloads } from '../../tests/fake-socket.ts'
import { OutFrame, withRequestId } from './out-frame.ts'
import { Flusher, SocketWriter } from './socket-writer.ts'

const open = () => {
  const socket = new FakeTcpSocket()
  return { socket, writer: new SocketWriter(socket, new Flusher()) }
}
const tick = () => new Promise((resolve) => setImmediate(resolve))
const event = (n: number, size = 10) => new OutFrame(`{"seq":${n},"x":"${'x'.repeat(size)}"}`, true)

describe('a socket writer', () => {
  it('writes all frames of one event-loop tick in one write, in order', async () => {
    const { socket, writer } = open()
    const frames = [1, 2, 3].map((n) => event(n))
    for (const frame of frames) writer.push(frame)
    expect(socket.writes).toHaveLength(0)
    expect(writer.bufferedBytes).toBeGreaterThan(60)
    await tick()
    expect(socket.writes).toHaveLength(1)
    expect(payloads(socket.writes[0] as Buffer)).toEqual(frames.map((frame) => frame.json))
    expect(writer.bufferedBytes).toBe(0)
  })

  it('frames payloads of every length', () => {
    for (const size of [0, 100, 125, 126, 1_000, 65_535, 65_536, 70_000])
      expect(payloads(new OutFrame('x'.repeat(size), true).bytes)).toEqual(['x'.repeat(size)])
  })

  it('batches runs of events for clients that asked, and keeps the order of frames', async () => {
    const { socket, writer } = open()
    writer.batch = true
    const answer = new OutFrame('{"type":"ok"}', false)
    for (const frame of [event(1), event(2), answer, event(3)]) writer.push(frame)
    await tick()
    const shown = payloads(Buffer.concat(socket.writes)).map((text) => JSON.parse(text))
    expect(shown).toMatchObject([
      { type: 'batch', events: [{ seq: 1 }, { seq: 2 }] },
      { type: 'ok' },
      { seq: 3 },
    ])
  })

  it('keeps a batch below the largest frame that a client takes', async () => {
    const { socket, writer } = open()
    writer.batch = true
    for (let n = 0; n < 20; n += 1) writer.push(event(n, 8_000))
    await tick()
    const sizes = payloads(Buffer.concat(socket.writes)).map((text) => text.length)
    expect(Math.max(...sizes)).toBeLessThan(65_536)
    expect(sizes.length).toBeLessThan(20)
  })

  it('flushes a large room in slices, so that other work runs in between', async () => {
    const flusher = new Flusher()
    const sockets = Array.from({ length: 450 }, () => new FakeTcpSocket())
    const frame = event(1)
    for (const socket of sockets) new SocketWriter(socket, flusher).push(frame)
    await tick()
    const first = sockets.filter((socket) => socket.writes.length > 0).length
    expect(first).toBe(200)
    for (let i = 0; i < 3; i += 1) await tick()
    expect(sockets.every((socket) => socket.writes.length === 1)).toBe(true)
    expect(new Set(sockets.map((socket) => socket.writes[0])).size).toBe(1)
  })

  it('lets frames share a write while a slow round of writes is followed by its rest', async () => {
    const flusher = new Flusher()
    const slow = new FakeTcpSocket()
    const write = slow.write.bind(slow)
    slow.write = (bytes) => {
      for (const until = performance.now() + 5; performance.now() < until;);
      return write(bytes)
    }
    const writer = new SocketWriter(slow, flusher)
    writer.push(event(1))
    await tick()
    for (const n of [2, 3, 4]) {
      writer.push(event(n))
      await tick()
    }
    expect(slow.writes).toHaveLength(1)
    while (slow.writes.length < 2) await tick()
    expect(payloads(slow.writes[1] as Buffer)).toHaveLength(3)
  })

  it('puts a requestId into a frame that is built already', () => {
    expect(withRequestId('{"a":1}', undefined)).toBe('{"a":1}')
    expect(JSON.parse(withRequestId('{"a":1}', 'q"\\'))).toEqual({ a: 1, requestId: 'q"\\' })
  })
})
