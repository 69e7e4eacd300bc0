import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { BareClient } from '../src/bare-client.ts'
import { openUpgraded, rawFrame, serverFrames } from '../src/raw-frames.ts'
import { RawSocket } from '../src/raw-socket.ts'
import { newName, register, type LoggedIn } from '../src/rest.ts'
import { edge, startWorld, type World } from '../src/world.ts'

let world: World
let session: LoggedIn
let port: number
beforeAll(async () => {
  world = await startWorld()
})
// Against a cluster, tokens may expire before all of these tests have run.
beforeEach(async () => {
  session = await register(world.url, newName())
  port = Number(new URL(session.socketUrl).port)
})
afterAll(() => world.close())

const refused = (all: readonly RawSocket[]): number =>
  all.filter(({ text }) => text.includes('"code":"rate_limited"')).length

/** Makes `count` handshakes, fifty at a time. */
async function strangers(
  count: number,
  from: string,
  headersOf: (n: number) => string[] = () => [],
): Promise<RawSocket[]> {
  const all: RawSocket[] = []
  while (all.length < count)
    all.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(50, count - all.length) }, (_, n) =>
          openUpgraded(port, from, headersOf(all.length + n)),
        ),
      )),
    )
  return all
}

/** True if `count` of them are refused within 4 s. */
const refusedSoon = (all: readonly RawSocket[], count: number): Promise<boolean> =>
  Promise.race(all.map((one) => one.until(() => refused(all) >= count, 4_000)))

describe('the socket edge', () => {
  it('bounds the unauthenticated sockets of one address, and not those of others', async () => {
    const all = await strangers(edge.strangers + 5, '127.0.0.9')
    await refusedSoon(all, 5)
    expect(refused(all)).toBe(5)
    const user = await BareClient.connect(session)
    for (const stranger of all) stranger.destroy()
    user.terminate()
  })

  it('bounds the silent connections of one address, and drops more without delay', async () => {
    const all = await Promise.all(
      Array.from({ length: edge.strangers + 5 }, () => RawSocket.open(port, '127.0.0.10')),
    )
    const dropped = () => all.filter(({ ended }) => ended).length
    await Promise.race(all.map((one) => one.until(() => dropped() >= 5, 4_000)))
    expect(dropped()).toBe(5)
    const user = await BareClient.connect(session)
    for (const one of all) one.destroy()
    user.terminate()
  })

  it('counts clients behind a trusted proxy by the address that the proxy saw', async () => {
    const behind = (client: string) => [`X-Forwarded-For: 203.0.113.77, ${client}`]
    const all = await strangers(edge.strangers + 5, edge.proxy, (n) =>
      behind(n % 2 === 0 ? '203.0.113.1' : `203.0.113.1:${50_000 + n}`),
    )
    const other = await openUpgraded(port, edge.proxy, behind('203.0.113.2'))
    await refusedSoon(all, 5)
    expect([refused(all), refused([other])]).toEqual([5, 0])
    for (const one of [...all, other]) one.destroy()
  })

  it('ignores the client address that an untrusted address claims', async () => {
    const all = await strangers(edge.strangers + 5, '127.0.0.11', (n) => [
      `X-Forwarded-For: 203.0.113.${n % 250}`,
    ])
    await refusedSoon(all, 5)
    expect(refused(all)).toBe(5)
    for (const one of all) one.destroy()
  })

  it.each([
    [edge.origin, null],
    ['http://127.0.0.1:9', null],
    [`${edge.origin}:8443`, 4000],
    ['https://evil.example', 4000],
    ['null', 4000],
  ])('closes sockets of pages of %s with %s', async (origin, code) => {
    const client = await BareClient.open(session, { origin })
    client.send({ type: 'authenticate', token: session.sessionToken })
    await client.next(({ type }) => type === 'authenticated' || type === 'error')
    expect(code === null ? client.closedWith : await client.closed()).toBe(code)
    client.terminate()
  })

  it('cuts a flood of heartbeats with 4129', async () => {
    const client = await BareClient.registered(world.url)
    for (let n = 0; n < 300; n += 1) client.send({ type: 'heartbeat' })
    expect(await client.closed()).toBe(4129)
  })

  it('closes a socket that sends nothing for 5 s with 4001', async () => {
    const client = await BareClient.open(session)
    const from = Date.now()
    expect(await client.closed(8_000)).toBe(4001)
    expect(Date.now() - from).toBeGreaterThan(4_000)
  })

  it('answers all requests of a client that sends them without waiting', async () => {
    const socket = await openUpgraded(port)
    const token = { type: 'authenticate', token: session.sessionToken }
    const large = JSON.stringify({ type: 'heartbeat', pad: 'x'.repeat(60_000) })
    socket.write(rawFrame({ opcode: 1, payload: JSON.stringify(token) }))
    const frame = rawFrame({ opcode: 1, payload: large })
    for (let n = 0; n < 60; n += 1) socket.write(frame)
    const beats = () =>
      serverFrames(socket.received).filter(({ payload }) => payload.includes('heartbeat_ack'))
    await socket.until(() => beats().length === 60, 10_000)
    expect(beats()).toHaveLength(60)
    socket.destroy()
  })

  it('holds little memory for 100 sockets that send half a frame each', async () => {
    const user = await BareClient.connect(session)
    const before = await residentBytes()
    const half = rawFrame({ opcode: 1, payload: 'x'.repeat(64_000) }).subarray(0, 60_000)
    const sockets = await strangers(100, '127.0.0.8')
    for (const socket of sockets) socket.write(half)
    await user.request({ type: 'heartbeat' })
    // At most one frame for each socket, here and on its way. A leak would hold far more.
    expect((await residentBytes()) - before).toBeLessThan(40 * 1024 * 1024)
    for (const socket of sockets) socket.destroy()
    user.terminate()
  })
})

/** The memory of the process that has the sockets. */
async function residentBytes(): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(page)?.[1])
}
