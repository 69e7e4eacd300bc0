import type { Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { OutFrame, withRequestId } from './out-frame.ts'
import { Flusher, SocketWriter } from './socket-writer.ts'

class FakeSocket {
  writable = true
  writableLength = 0
  readonly writes: Buffer[] = []
  corked = 0
  write(data: Buffer): boolean {
    this.writes.push(data)
    return true
  }
  cork(): void {
    this.corked += 1
  }
  uncork(): void {
    this.corked -= 1
  }
}
const open = () => {
  const socket = new FakeSocket()
  return { socket, writer: new SocketWriter(socket as unknown as Socket, new Flusher()) }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))
const event = (n: number, size = 10) => new OutFrame(`{"seq":${n},"x":"${'x'.repeat(size)}"}`, true)
/** Payloads of the unmasked text frames in some bytes. */
function payloads(bytes: Buffer): string[] {
  const out: string[] = []
  for (let at = 0; at < bytes.length;) {
    expect(bytes[at]).toBe(0x81)
    const short = bytes[at + 1] ?? 0
    const [length, start] =
      short === 126
        ? [bytes.readUInt16BE(at + 2), at + 4]
        : short === 127
          ? [Number(bytes.readBigUInt64BE(at + 2)), at + 10]
          : [short, at + 2]
    out.push(bytes.subarray(start, start + length).toString())
    at = start + length
  }
  return out
}

describe('socket writer', () => {
  it('writes all frames of a turn in one go, in order', async () => {
    const { socket, writer } = open()
    const frames = [1, 2, 3].map((n) => event(n))
    for (const frame of frames) writer.push(frame)
    expect(socket.writes).toHaveLength(0)
    expect(writer.bufferedBytes).toBeGreaterThan(60)
    await turn()
    expect(socket.writes).toHaveLength(1)
    expect(payloads(socket.writes[0] as Buffer)).toEqual(frames.map((frame) => frame.json))
    expect(writer.bufferedBytes).toBe(0)
  })

  it('frames payloads of every length', () => {
    for (const size of [0, 100, 125, 126, 1_000, 65_535, 65_536, 70_000])
      expect(payloads(new OutFrame('x'.repeat(size), true).bytes)).toEqual(['x'.repeat(size)])
  })

  it('puts runs of events into batches for those who asked, other frames keep their place', async () => {
    const { socket, writer } = open()
    writer.batch = true
    const answer = new OutFrame('{"type":"ok"}', false)
    for (const frame of [event(1), event(2), answer, event(3)]) writer.push(frame)
    await turn()
    const shown = payloads(Buffer.concat(socket.writes)).map((text) => JSON.parse(text))
    expect(shown).toMatchObject([
      { type: 'batch', events: [{ seq: 1 }, { seq: 2 }] },
      { type: 'ok' },
      { seq: 3 },
    ])
  })

  it('leaves a batch below the largest frame that a client takes', async () => {
    const { socket, writer } = open()
    writer.batch = true
    for (let n = 0; n < 20; n += 1) writer.push(event(n, 8_000))
    await turn()
    const sizes = payloads(Buffer.concat(socket.writes)).map((text) => text.length)
    expect(Math.max(...sizes)).toBeLessThan(65_536)
    expect(sizes.length).toBeLessThan(20)
  })

  it('flushes a large room in slices, so that other work comes between', async () => {
    const flusher = new Flusher()
    const sockets = Array.from({ length: 450 }, () => new FakeSocket())
    const frame = event(1)
    for (const socket of sockets) new SocketWriter(socket as unknown as Socket, flusher).push(frame)
    await turn()
    const first = sockets.filter((socket) => socket.writes.length > 0).length
    expect(first).toBe(200)
    for (let i = 0; i < 3; i += 1) await turn()
    expect(sockets.every((socket) => socket.writes.length === 1)).toBe(true)
    expect(new Set(sockets.map((socket) => socket.writes[0])).size).toBe(1)
  })

  it('a requestId is put into a frame that is built already', () => {
    expect(withRequestId('{"a":1}', undefined)).toBe('{"a":1}')
    expect(JSON.parse(withRequestId('{"a":1}', 'q"\\'))).toEqual({ a: 1, requestId: 'q"\\' })
  })
})
