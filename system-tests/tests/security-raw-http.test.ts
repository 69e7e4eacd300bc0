import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { upgradeRequest } from '../src/raw-frames.ts'
import { httpCases } from '../src/raw-rfc9112.ts'
import { RawSocket } from '../src/raw-socket.ts'
import { BareClient } from '../src/bare-client.ts'
import { startWorld, type World } from '../src/world.ts'

let world: World
let ports: { api: number; chat: number }
beforeAll(async () => {
  world = await startWorld()
  const witness = await BareClient.registered(world.url)
  ports = {
    api: Number(new URL(world.url).port),
    chat: Number(new URL(witness.session.socketUrl).port),
  }
  await witness.close()
})
afterAll(() => world.close())

const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((found) => Number(found[1]))

async function answersTo(sent: string, expected: number): Promise<string> {
  const socket = await RawSocket.open(ports.api)
  socket.write(sent)
  await socket.until(() => socket.ended || statusesIn(socket.text).length >= expected, 3_000)
  // Waits a little for one answer too many.
  await socket.until(() => socket.ended || statusesIn(socket.text).length > expected, 200)
  socket.destroy()
  return socket.text
}

describe('the api and raw HTTP', () => {
  const answers = new Map<string, Promise<string>>()
  beforeAll(async () => {
    for (const { what, sent, statuses } of httpCases)
      answers.set(what, answersTo(sent, statuses.length))
    await Promise.all(answers.values())
  })

  it.each(httpCases)('the api answers $what with $statuses', async ({ what, statuses }) => {
    const text = (await answers.get(what)) ?? ''
    expect(statusesIn(text)).toEqual(statuses)
    expect(text).not.toContain('X-Secret')
    expect(text).not.toMatch(/node_modules|\.js:\d+|root:x:0/)
  })
})

describe('1,700 pipelined requests', () => {
  it.each(['api', 'chat'] as const)(
    '1,700 pipelined requests are cut short by the %s',
    async (port) => {
      const socket = await RawSocket.open(ports[port])
      socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1_700))
      await socket.until(() => socket.ended, 5_000)
      expect(socket.ended).toBe(true)
      expect(statusesIn(socket.text).length).toBeLessThanOrEqual(20)
    },
  )
})

describe('a client that is slow', () => {
  const dribble = async (port: number, first: string, next: string): Promise<number> => {
    const socket = await RawSocket.open(port)
    const from = Date.now()
    socket.write(first)
    while (!(await socket.until(() => socket.ended, 500)) && Date.now() - from < 14_000)
      if (next !== '') socket.write(next)
    socket.destroy()
    return Date.now() - from
  }
  const cases = [
    ['sends nothing', '', ''],
    ['begins a request and sends no more', 'GET / HTTP/1.1\r\nHost: a\r\n', ''],
    ['sends headers without end, byte by byte', 'GET / HTTP/1.1\r\nHost: a\r\nX: ', 'y'],
    ['sends headers without end, line by line', 'GET / HTTP/1.1\r\nHost: a\r\n', 'X: y\r\n'],
    [
      'sends a body byte by byte',
      'POST /auth HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n',
      ' ',
    ],
    [
      'sends chunks without end',
      'POST /auth HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      '1\r\n \r\n',
    ],
    ['begins a handshake and sends no more', upgradeRequest().slice(0, -2), ''],
    ['upgrades and sends no more', upgradeRequest(), ''],
    ['upgrades and sends half a frame', upgradeRequest(), '\x81'],
  ] as const
  const both = cases.flatMap(([what, first, next]) =>
    (['api', 'chat'] as const)
      .filter((port) => port === 'chat' || !what.startsWith('upgrades'))
      .map((port) => ({ what, first, next, port })),
  )
  const times = new Map<object, Promise<number>>()
  beforeAll(async () => {
    for (const one of both) times.set(one, dribble(ports[one.port], one.first, one.next))
    await Promise.all(times.values())
  }, 20_000)

  it.each(both)('a client that $what is cut by the $port within 10 s', async (one) => {
    // Node checks every second, and this machine may be busy.
    expect(await times.get(one)).toBeLessThan(10_500)
  })
})
