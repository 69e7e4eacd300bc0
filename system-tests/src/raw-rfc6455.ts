import { rawFrame as frame, upgradeHeaders, upgradeRequest } from './raw-frames.ts'

/**
 * Bytes that a client sends after the handshake, and the code with which the server must close (RFC
 * 6455, sections 5 to 8).
 */
export interface FrameCase {
  what: string
  sent: Buffer
  code: number
}

const text = (payload: Buffer | string, more = {}): Buffer => frame({ opcode: 1, payload, ...more })
const close = (payload: Buffer | string): Buffer => frame({ opcode: 8, payload })
const codeOf = (code: number, reason = ''): Buffer => {
  const payload = Buffer.alloc(2)
  payload.writeUInt16BE(code)
  return close(Buffer.concat([payload, Buffer.from(reason)]))
}
const hex = (bytes: string): Buffer => Buffer.from(bytes, 'hex')

export const frameCases: readonly FrameCase[] = [
  { what: 'an unmasked text', sent: text('{}', { masked: false }), code: 1002 },
  { what: 'an unmasked ping', sent: frame({ opcode: 9, masked: false }), code: 1002 },
  { what: 'an unmasked close', sent: frame({ opcode: 8, masked: false }), code: 1002 },
  ...[1, 2, 3, 4, 5, 6, 7].map((reserved) => ({
    what: `the reserved bits ${reserved.toString(2).padStart(3, '0')}`,
    sent: text('{}', { reserved }),
    code: 1002,
  })),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => ({
    what: `the reserved opcode ${opcode}`,
    sent: frame({ opcode }),
    code: 1002,
  })),
  { what: 'a continuation of nothing', sent: frame({ opcode: 0, payload: 'x' }), code: 1002 },
  {
    what: 'a text within a fragmented text',
    sent: Buffer.concat([text('{', { fin: false }), text('}')]),
    code: 1002,
  },
  { what: 'a fragmented ping', sent: frame({ opcode: 9, fin: false }), code: 1002 },
  { what: 'a fragmented close', sent: frame({ opcode: 8, fin: false }), code: 1002 },
  { what: 'a ping of 126 bytes', sent: frame({ opcode: 9, payload: 'x'.repeat(126) }), code: 1002 },
  {
    what: 'a pong of 126 bytes',
    sent: frame({ opcode: 10, payload: 'x'.repeat(126) }),
    code: 1002,
  },
  { what: 'a close of one byte', sent: close('x'), code: 1002 },
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map((code) => ({
    what: `a close with the code ${code}`,
    sent: codeOf(code),
    code: 1002,
  })),
  { what: 'a close whose reason is no UTF-8', sent: close(hex('03e8ff')), code: 1007 },
  { what: 'a close without a code', sent: close(''), code: 1005 },
  ...[1000, 1001, 3000, 4999].map((code) => ({
    what: `a close with the code ${code}`,
    sent: codeOf(code, 'bye'),
    code,
  })),
  ...[
    ['a lone continuation byte', '80'],
    ['an overlong NUL', 'c080'],
    ['an overlong slash', 'e080af'],
    ['half a surrogate pair', 'eda080'],
    ['a code point above U+10FFFF', 'f4908080'],
    ['a text that ends within a character', 'e282'],
    ['the byte FF', '7bff7d'],
  ].map(([what = '', bytes = '']) => ({ what, sent: text(hex(bytes)), code: 1007 })),
  {
    what: 'a character broken by fragments and never finished',
    sent: Buffer.concat([
      text(hex('e2'), { fin: false }),
      frame({ opcode: 0, payload: hex('82') }),
    ]),
    code: 1007,
  },
  { what: 'a binary frame', sent: frame({ opcode: 2, payload: '{}' }), code: 1003 },
  { what: 'a length of 64 KiB and 1', sent: text('', { claimedLength: 65_537n }), code: 1009 },
  { what: 'a length of 2^32', sent: text('', { claimedLength: 1n << 32n }), code: 1009 },
  { what: 'a length of 2^62', sent: text('', { claimedLength: 1n << 62n }), code: 1009 },
  { what: 'a length of 2^63', sent: text('', { claimedLength: 1n << 63n }), code: 1009 },
  { what: 'a length of 2^64 − 1', sent: text('', { claimedLength: (1n << 64n) - 1n }), code: 1009 },
  {
    what: 'fragments that are too long together',
    sent: Buffer.concat([
      text('x'.repeat(40_000), { fin: false }),
      frame({ opcode: 0, payload: 'x'.repeat(40_000) }),
    ]),
    code: 1009,
  },
  {
    what: 'endless fragments',
    sent: Buffer.concat([
      text('x', { fin: false }),
      ...Array.from({ length: 200 }, () => frame({ opcode: 0, fin: false, payload: 'x' })),
    ]),
    code: 1008,
  },
  {
    what: 'endless empty fragments',
    sent: Buffer.concat([
      text('', { fin: false }),
      ...Array.from({ length: 200 }, () => frame({ opcode: 0, fin: false })),
    ]),
    code: 1008,
  },
  {
    what: 'a flood of pings',
    sent: Buffer.concat(Array.from({ length: 500 }, () => frame({ opcode: 9, payload: 'x' }))),
    code: 4129,
  },
  {
    what: 'a flood of pongs',
    sent: Buffer.concat(Array.from({ length: 500 }, () => frame({ opcode: 10 }))),
    code: 4129,
  },
  { what: 'something that is no JSON', sent: text('{'), code: 4001 },
  { what: 'a request before authenticate', sent: text('{"type":"heartbeat"}'), code: 4001 },
  { what: 'a forged token', sent: text('{"type":"authenticate","token":"a.b.c"}'), code: 4001 },
]

/** A handshake, and the status line that must answer it (RFC 6455, section 4.2). */
export interface HandshakeCase {
  what: string
  sent: string
  status: number
  /** In lower case: what the head of the answer must hold, and what it must not hold. */
  has?: string
  hasNot?: string
}

const without = (name: string): string[] => upgradeHeaders.filter((one) => !one.startsWith(name))
const replacing = (name: string, value: string): string[] => [...without(name), `${name}: ${value}`]
const key = 'Sec-WebSocket-Key'
const version = 'Sec-WebSocket-Version'

export const handshakeCases: readonly HandshakeCase[] = [
  {
    what: 'the example of the RFC',
    sent: upgradeRequest(),
    status: 101,
    has: 'sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=',
  },
  { what: 'no key', sent: upgradeRequest('/', without(key)), status: 400 },
  { what: 'a key of 15 bytes', sent: upgradeRequest('/', replacing(key, 'AAAA')), status: 400 },
  { what: 'a key that is no base64', sent: upgradeRequest('/', replacing(key, '!!')), status: 400 },
  { what: 'no version', sent: upgradeRequest('/', without(version)), status: 400 },
  {
    what: 'a version from the future',
    sent: upgradeRequest('/', replacing(version, '14')),
    status: 400,
    has: 'sec-websocket-version: 13',
  },
  { what: 'another method', sent: upgradeRequest().replace('GET', 'POST'), status: 405 },
  { what: 'another protocol', sent: upgradeRequest('/', replacing('Upgrade', 'h2c')), status: 400 },
  { what: 'no upgrade at all', sent: upgradeRequest('/', without('Upgrade')), status: 426 },
  {
    what: 'the header Upgrade in capitals',
    sent: upgradeRequest('/', replacing('Upgrade', 'WEBSOCKET')),
    status: 101,
  },
  {
    what: 'a subprotocol that is known',
    sent: upgradeRequest('/', [...upgradeHeaders, 'Sec-WebSocket-Protocol: x, rookery.v1']),
    status: 101,
    has: 'sec-websocket-protocol: rookery.v1',
  },
  {
    what: 'a subprotocol that is not',
    sent: upgradeRequest('/', [...upgradeHeaders, 'Sec-WebSocket-Protocol: rookery.v9']),
    status: 101,
    hasNot: 'sec-websocket-protocol',
  },
  {
    what: 'a broken list of subprotocols',
    sent: upgradeRequest('/', [...upgradeHeaders, 'Sec-WebSocket-Protocol: a,,b']),
    status: 400,
  },
  {
    what: 'an offer of compression',
    sent: upgradeRequest('/', [
      ...upgradeHeaders,
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
    ]),
    status: 101,
    hasNot: 'sec-websocket-extensions',
  },
  ...['//', '///x', '//[', 'http://[/', 'http://a:b@:99999/', '/?token=%', '/%zz', '*'].map(
    (target) => ({ what: `the target ${target}`, sent: upgradeRequest(target), status: 101 }),
  ),
]
