import { RawSocket } from './raw-socket.ts'

export interface FrameParts {
  fin?: boolean
  /** The three reserved bits, as a number 0–7. */
  reserved?: number
  opcode: number
  payload?: Buffer | string
  masked?: boolean
  /** A false length for the header, always written as 64 bits. */
  claimedLength?: bigint
}

/** One WebSocket frame from a client, valid or not (RFC 6455, section 5.2). */
export function rawFrame({
  fin = true,
  reserved = 0,
  opcode,
  payload = '',
  masked = true,
  claimedLength,
}: FrameParts): Buffer {
  const data = Buffer.from(payload as string)
  const head = [(fin ? 0x80 : 0) | (reserved << 4) | opcode]
  const maskBit = masked ? 0x80 : 0
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(claimedLength ?? BigInt(data.length))
  if (claimedLength !== undefined || data.length > 0xffff) head.push(maskBit | 127, ...length)
  else if (data.length > 125) head.push(maskBit | 126, ...length.subarray(6))
  else head.push(maskBit | data.length)
  const mask = Buffer.from('0a1b2c3d', 'hex')
  if (!masked) return Buffer.concat([Buffer.from(head), data])
  const scrambled = data.map((byte, i) => byte ^ (mask[i % 4] ?? 0))
  return Buffer.concat([Buffer.from(head), mask, scrambled])
}

export interface ServerFrame {
  opcode: number
  payload: Buffer
}

/** The frames that a server sent after its handshake. It neither masks nor fragments them. */
export function serverFrames(received: Buffer): ServerFrame[] {
  const frames: ServerFrame[] = []
  const start = received.indexOf('\r\n\r\n')
  let at = start < 0 ? received.length : start + 4
  while (at + 2 <= received.length) {
    const opcode = (received[at] ?? 0) & 15
    const short = (received[at + 1] ?? 0) & 127
    if (at + (short === 126 ? 4 : short === 127 ? 10 : 2) > received.length) break
    const [length, header] =
      short === 126
        ? [received.readUInt16BE(at + 2), 4]
        : short === 127
          ? [Number(received.readBigUInt64BE(at + 2)), 10]
          : [short, 2]
    if (at + header + length > received.length) break
    frames.push({ opcode, payload: received.subarray(at + header, at + header + length) })
    at += header + length
  }
  return frames
}

/** 1005 for a close frame without a code (RFC 6455, section 7.1.5); null without a close frame. */
export function closeCodeIn(received: Buffer): number | null {
  const close = serverFrames(received).find(({ opcode }) => opcode === 8)
  if (close === undefined) return null
  return close.payload.length < 2 ? 1005 : close.payload.readUInt16BE(0)
}

export const upgradeHeaders = [
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
] as const

export function upgradeRequest(
  target: string = '/',
  headers: readonly string[] = upgradeHeaders,
): string {
  return `GET ${target} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`
}

/** A socket after its handshake. */
export async function openUpgraded(
  port: number,
  localAddress?: string,
  more: readonly string[] = [],
): Promise<RawSocket> {
  const socket = await RawSocket.open(port, localAddress)
  socket.write(upgradeRequest('/', [...upgradeHeaders, ...more]))
  await socket.until(() => socket.text.includes('\r\n\r\n') || socket.ended, 5_000)
  if (!socket.text.startsWith('HTTP/1.1 101')) throw new Error(`no upgrade: ${socket.text}`)
  return socket
}
