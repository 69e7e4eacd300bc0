/**
 * Bytes that a client sends, and the statuses of all answers until the server closes or sends no
 * more (RFC 9110, RFC 9112).
 */
export interface HttpCase {
  what: string
  sent: string
  statuses: readonly number[]
}

const get = (...headers: string[]): string =>
  `GET /health HTTP/1.1\r\nHost: a\r\n${headers.map((one) => `${one}\r\n`).join('')}\r\n`
const post = (headers: readonly string[], body: string): string =>
  `POST /auth HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${headers.map((one) => `${one}\r\n`).join('')}\r\n${body}`
const chunked = (body: string): string => post(['Transfer-Encoding: chunked'], body)
/** Must never be answered as a request of its own. */
const smuggled = 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n'

const broken = (what: string, sent: string, status = 400): HttpCase => ({
  what,
  sent,
  statuses: [status],
})

export const httpCases: readonly HttpCase[] = [
  { what: 'a request', sent: get(), statuses: [200] },
  { what: 'two pipelined requests', sent: get() + get(), statuses: [200, 200] },
  { what: 'an empty line before a request', sent: `\r\n${get()}`, statuses: [200] },
  {
    what: 'an absolute target',
    sent: get().replace('/health', 'http://a/health'),
    statuses: [200],
  },
  { what: 'HTTP/1.0 without a host', sent: 'GET /health HTTP/1.0\r\n\r\n', statuses: [200] },
  {
    what: 'a body in chunks, with extensions and trailers',
    sent: chunked('2;a=b\r\n{}\r\n0\r\nx: y\r\n\r\n'),
    statuses: [400],
  },
  {
    what: 'an expectation of 100-continue',
    sent: post(['Expect: 100-continue', 'Content-Length: 2'], '{}'),
    statuses: [100, 400],
  },
  {
    what: 'a GET with a body',
    sent: get('Content-Length: 2').concat('{}', get()),
    statuses: [200, 200],
  },
  broken('an expectation of something else', get('Expect: a-miracle'), 417),
  broken('no host', 'GET /health HTTP/1.1\r\n\r\n'),
  broken('two hosts', get('Host: b')),
  broken('a space before a colon', get('X : y')),
  broken('a space before a name', 'GET /health HTTP/1.1\r\n Host: a\r\n\r\n'),
  broken('a folded header', get('X: y\r\n z')),
  broken('a header without a colon', get('nonsense')),
  broken('a header without a name', get(': y')),
  broken('a name with a space', get('X Y: z')),
  broken('a NUL in a header', get('X: a\0b')),
  broken('a bare CR in a header', get('X: a\rb: c')),
  broken('a bare CR as the end of a line', 'GET /health HTTP/1.1\rHost: a\r\r'),
  broken('a line feed in the target', 'GET /he\nalth HTTP/1.1\r\nHost: a\r\n\r\n'),
  broken('a NUL in the target', 'GET /he\0alth HTTP/1.1\r\nHost: a\r\n\r\n'),
  broken('spaces in the target', 'GET /he alth HTTP/1.1\r\nHost: a\r\n\r\n'),
  broken('no target', 'GET HTTP/1.1\r\nHost: a\r\n\r\n'),
  broken('HTTP/0.9', 'GET /health\r\n\r\n'),
  broken('HTTP/9.9', 'GET /health HTTP/9.9\r\nHost: a\r\n\r\n'),
  broken('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  broken('an unknown method', 'BREW /health HTTP/1.1\r\nHost: a\r\n\r\n'),
  broken('a method in lower case', 'get /health HTTP/1.1\r\nHost: a\r\n\r\n'),
  broken('a hello of TLS', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03'),
  broken('a hello of SSH', 'SSH-2.0-OpenSSH_9.9\r\n'),
  broken(
    'a length and chunks',
    post(['Content-Length: 4', 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`),
  ),
  broken(
    'chunks and a length',
    post(['Transfer-Encoding: chunked', 'Content-Length: 4'], `0\r\n\r\n${smuggled}`),
  ),
  broken(
    'two lengths that differ',
    post(['Content-Length: 2', 'Content-Length: 40'], `{}${smuggled}`),
  ),
  broken('a list of lengths', post(['Content-Length: 2, 40'], `{}${smuggled}`)),
  broken('a length below nothing', post(['Content-Length: -1'], '{}')),
  broken('a length with a sign', post(['Content-Length: +2'], '{}')),
  broken('a length in hexadecimal', post(['Content-Length: 0x2'], '{}')),
  broken('a length of 2^64', post(['Content-Length: 18446744073709551616'], '{}')),
  broken('a length of 2^62', post(['Content-Length: 4611686018427387904'], '{}'), 413),
  broken('a length that is no number', post(['Content-Length: two'], '{}')),
  broken(
    'chunks that are not last',
    post(['Transfer-Encoding: chunked, gzip'], `0\r\n\r\n${smuggled}`),
  ),
  broken(
    'chunks of something compressed',
    post(['Transfer-Encoding: gzip, chunked'], '2\r\n{}\r\n0\r\n\r\n'),
    415,
  ),
  broken('an unknown coding', post(['Transfer-Encoding: xchunked'], `0\r\n\r\n${smuggled}`)),
  broken(
    'a coding hidden by a tab',
    post(['Transfer-Encoding:\x0bchunked'], `0\r\n\r\n${smuggled}`),
  ),
  broken('a chunk of no number', chunked('zz\r\n{}\r\n0\r\n\r\n')),
  broken('a chunk below nothing', chunked('-2\r\n{}\r\n0\r\n\r\n')),
  broken('a chunk of 2^64', chunked('10000000000000000\r\n{}\r\n0\r\n\r\n')),
  broken('a chunk that is longer than it says', chunked('1\r\n{}\r\n0\r\n\r\n')),
  broken('a chunk size in 0x', chunked('0x2\r\n{}\r\n0\r\n\r\n')),
  broken('a chunk ended by a bare LF', chunked('2\n{}\r\n0\r\n\r\n')),
  broken(
    'chunks that are too much',
    chunked(`${'8000\r\n'.concat('x'.repeat(0x8000), '\r\n').repeat(3)}0\r\n\r\n`),
    413,
  ),
  broken('a chunk extension of 32 KiB', chunked(`2;${'x'.repeat(32_768)}\r\n{}\r\n0\r\n\r\n`), 400),
  broken('headers of 20 KiB', get(`X: ${'y'.repeat(20_480)}`), 431),
  broken(
    'headers of 20 KiB in all',
    get(...Array.from({ length: 700 }, (_, n) => `X-${n}: ${'y'.repeat(20)}`)),
    431,
  ),
  broken('a target of 20 KiB', get().replace('/health', `/${'x'.repeat(20_480)}`), 431),
  broken('a path that is no UTF-8', get().replace('/health', '/users/%ff')),
  broken('a path with a cut escape', get().replace('/health', '/users/%f')),
  broken(
    'TRACE, which would repeat what it was sent',
    get('X-Secret: s').replace('GET', 'TRACE'),
    404,
  ),
  broken('a path upwards', get().replace('/health', '/docs/static/../../../../etc/passwd'), 400),
  broken(
    'a path upwards, escaped',
    get().replace('/health', '/docs/static/..%2f..%2f..%2fetc%2fpasswd'),
    404,
  ),
]
