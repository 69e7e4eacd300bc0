import { EventEmitter } from 'node:events'
import type { ServerFrame } from '@rookery/protocol'
import type { FrameSocket } from '../src/sockets/connection.ts'
import type { ByteSocket } from '../src/sockets/socket-writer.ts'

/** A TCP socket that keeps what is written to it. */
export class FakeTcpSocket implements ByteSocket {
  writable = true
  /** The bytes that the client has not read yet. A test sets it. */
  writableLength = 0
  readonly writes: Buffer[] = []
  corked = 0

  write(bytes: Buffer): void {
    this.writes.push(bytes)
  }

  cork(): void {
    this.corked += 1
  }

  uncork(): void {
    this.corked -= 1
  }

  /** The frames that were written. */
  get frames(): ServerFrame[] {
    return payloads(Buffer.concat(this.writes)).map((text) => JSON.parse(text) as ServerFrame)
  }
}

/** A WebSocket whose client is the test: it emits `message`, `pong` and `close`. */
export class FakeFrameSocket extends EventEmitter implements FrameSocket {
  onFault: FrameSocket['onFault'] = () => undefined
  /** Calls, such as `pause` or `close 4001 unauthorized`. */
  readonly calls: string[] = []

  ping(): void {
    this.calls.push('ping')
  }

  pause(): void {
    this.calls.push('pause')
  }

  resume(): void {
    this.calls.push('resume')
  }

  close(code: number, reason: string): void {
    this.calls.push(`close ${code} ${reason}`.trimEnd())
  }

  terminate(): void {
    this.calls.push('terminate')
  }
}

/** The payloads of the unmasked text frames in some bytes. */
export function payloads(bytes: Buffer): string[] {
  const texts: string[] = []
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] !== 0x81) throw new Error(`no text frame begins at byte ${at}`)
    const short = bytes[at + 1] ?? 0
    const [length, start] =
      short === 126
        ? [bytes.readUInt16BE(at + 2), at + 4]
        : short === 127
          ? [Number(bytes.readBigUInt64BE(at + 2)), at + 10]
          : [short, at + 2]
    texts.push(bytes.subarray(start, start + length).toString())
    at = start + length
  }
  return texts
}
