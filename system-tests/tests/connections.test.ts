import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { BareClient } from '../src/bare-client.ts'
import { call, logIn, newName, password, register } from '../src/rest.ts'
import { startWorld, type World } from '../src/world.ts'

const secret = 'a-secret-for-tests-of-at-least-256-bits'

describe('connections', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ ACCESS_TOKEN_TTL: '60s', HEARTBEAT_INTERVAL: '2s' })
  })
  afterAll(() => world.close())

  it('a connection authenticates with its first frame', async () => {
    const session = await register(world.url, newName())
    const client = await BareClient.open(session, { protocols: ['other', 'rookery.v1'] })
    expect(client.protocol).toBe('rookery.v1')
    const answer = await client.request({
      type: 'authenticate',
      token: session.sessionToken,
      session: 'mine',
    })
    expect(answer).toMatchObject({
      type: 'authenticated',
      protocol: 1,
      user: { username: session.username, displayName: session.username },
      session: 'mine',
      limits: {
        maxFrameBytes: 65_536,
        maxContentCodePoints: 4000,
        devicesPerUser: 2,
        socketsPerUser: 10,
      },
    })
    client.terminate()
  })

  it('a connection may authenticate in its URL', async () => {
    const session = await register(world.url, newName())
    const client = await BareClient.open(session, {
      query: `?token=${session.sessionToken}&deviceId=phone&session=s1`,
    })
    expect(await client.next((frame) => frame.type === 'authenticated')).toMatchObject({
      session: 's1',
    })
    await client.next((frame) => frame.type === 'channels_list')
    client.terminate()
  })

  it.each(['%ff', '%', '%ed%a0%80'])(
    'a session in the URL that is not UTF-8 is refused: %s',
    async (name) => {
      const session = await register(world.url, newName())
      const client = await BareClient.open(session, {
        query: `?token=${session.sessionToken}&session=${name}`,
      })
      expect(await client.closed()).toBe(4001)
    },
  )

  it('a connection with another first frame is told the reason and closed with 4001', async () => {
    const session = await register(world.url, newName())
    for (const first of [
      '{"type":"heartbeat","requestId":"x"}',
      'no json',
      '[]',
      '{"type":"authenticate"}',
    ]) {
      const client = await BareClient.open(session)
      client.sendRaw(first)
      expect(await client.closed()).toBe(4001)
      expect(client.frames).toMatchObject([{ type: 'error', code: 'unauthorized', fatal: true }])
    }
  })

  it('a connection that sends nothing is closed with 4001 after 5 s', async () => {
    const client = await BareClient.open(await register(world.url, newName()))
    const started = Date.now()
    expect(await client.closed()).toBe(4001)
    expect(Date.now() - started).toBeGreaterThan(4_000)
  })

  it('a connection with a forged token is closed with 4001', async () => {
    const session = await register(world.url, newName())
    const [head = '', claims = '', signature = ''] = session.sessionToken.split('.')
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const decoded = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<
      string,
      unknown
    >
    const hmac = (text: string, hash = 'sha256') =>
      `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`
    const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, unknown>
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const rs = `${encode({ ...header, alg: 'RS256' })}.${claims}`
    const forged = [
      `${encode({ ...header, alg: 'none' })}.${claims}.`,
      hmac(`${encode({ ...header, alg: 'HS512' })}.${claims}`, 'sha512'),
      `${rs}.${sign('sha256', Buffer.from(rs), privateKey).toString('base64url')}`,
      `${head}.${encode({ ...decoded, sub: 'admin' })}.${signature}`,
      `${head}.${claims}.${signature.slice(0, -4)}`,
      hmac(`${head}.${encode({ ...decoded, aud: 'elsewhere' })}`),
      hmac(`${head}.${encode({ ...decoded, exp: 1 })}`),
      hmac(`${head}.${encode({ ...decoded, typ: 'refresh' })}`),
      session.refreshToken,
    ]
    for (const token of forged) {
      const client = await BareClient.open(session)
      client.send({ type: 'authenticate', token })
      expect(await client.closed()).toBe(4001)
      expect((await call(world.url, 'GET', '/channels', { token })).status).toBe(401)
    }
    // The tools of this test are right: an unchanged token that they sign is accepted.
    expect(
      (await call(world.url, 'GET', '/channels', { token: hmac(`${head}.${claims}`) })).status,
    ).toBe(200)
  })

  it('a connection may renew its token', async () => {
    const session = await register(world.url, newName())
    const client = await BareClient.connect(session)
    const refreshed = await call(world.url, 'POST', '/auth/refresh', {
      body: { refreshToken: session.refreshToken },
    })
    const renewed = await client.request({
      type: 'authenticate',
      token: refreshed.body.sessionToken,
    })
    expect(renewed.type).toBe('authenticated')
    expect(await client.request({ type: 'authenticate', token: 'bad' })).toMatchObject({
      code: 'unauthorized',
    })
    const other = await register(world.url, newName())
    expect(await client.request({ type: 'authenticate', token: other.sessionToken })).toMatchObject(
      { code: 'forbidden' },
    )
    expect(await client.request({ type: 'heartbeat' })).toMatchObject({ type: 'heartbeat_ack' })
    client.terminate()
  })

  it('connections end with their log-in, and those of other log-ins stay', async () => {
    const session = await register(world.url, newName())
    const other = await logIn(world.url, session.username)
    const one = await BareClient.connect(session, { deviceId: 'a' })
    const two = await BareClient.connect(other, { deviceId: 'b' })
    const { refreshToken, sessionToken } = session
    const out = await call(world.url, 'POST', '/auth/logout', {
      token: sessionToken,
      body: { refreshToken },
    })
    expect(out.status).toBe(204)
    expect(await one.closed(5_000)).toBe(4001)
    expect(await two.request({ type: 'heartbeat' })).toMatchObject({ type: 'heartbeat_ack' })
    expect((await call(world.url, 'GET', '/channels', { token: sessionToken })).status).toBe(401)
    const changed = await call(world.url, 'POST', '/users/me/password', {
      token: other.sessionToken,
      body: { oldPassword: password, newPassword: 'another good password' },
    })
    expect(changed.status).toBe(200)
    two.terminate()
  })

  it('a connection is told its fault before it is closed with the code of the fault', async () => {
    const session = await register(world.url, newName())
    const faults: [number, string, (client: BareClient) => void][] = [
      [4000, 'invalid_input', (client) => client.sendRaw('{"type":')],
      [4000, 'invalid_input', (client) => client.sendRaw('[1]')],
      [1003, 'invalid_input', (client) => client.sendRaw(Buffer.from([1, 2]), { binary: true })],
      [1007, 'invalid_input', (client) => client.sendRaw(Buffer.of(0xff), { binary: false })],
      [1009, 'too_large', (client) => client.sendRaw('x'.repeat(65_537))],
      [1008, 'too_large', sendFragments],
    ]
    for (const [code, why, fault] of faults) {
      const client = await BareClient.connect(session)
      fault(client)
      expect(await client.closed()).toBe(code)
      expect(client.closedWith?.reason).toBe(why)
      expect(client.frames.at(-1)).toMatchObject({ type: 'error', code: why, fatal: true })
    }
  })

  it('an unreadable frame is answered with a stable code, and the connection stays', async () => {
    const client = await BareClient.registered(world.url)
    const cases: [string, string][] = [
      ['{"type":"no_such_type","requestId":"q1"}', 'unknown_type'],
      ['{"requestId":"q2"}', 'invalid_input'],
      ['{"type":"chat_message","requestId":"q3"}', 'invalid_input'],
      [
        '{"type":"chat_message","requestId":"q4","channelId":"x","content":"\\ud800"}',
        'invalid_input',
      ],
      [
        '{"type":"chat_message","requestId":"q5","channelId":"x","content":"a\\u0000b"}',
        'invalid_input',
      ],
      [
        '{"type":"chat_message","requestId":"q6","channelId":"x","content":"a","__proto__":{}}',
        'invalid_input',
      ],
      ['{"type":"sync","requestId":"q7","channels":[]}', 'invalid_input'],
      ['{"type":"chat_message","requestId":"q8","channelId":"x","content":""}', 'invalid_input'],
    ]
    for (const [frame, code] of cases) {
      client.sendRaw(frame)
      const { requestId } = JSON.parse(frame) as { requestId: string }
      const answer = await client.next((one) => one.requestId === requestId)
      expect(answer).toMatchObject({ type: 'error', code })
      expect(answer.retryAfterMs).toBeUndefined()
    }
    expect(await client.request({ type: 'heartbeat' })).toMatchObject({ type: 'heartbeat_ack' })
    client.terminate()
  })

  it('a user may connect from two devices, and a third is refused with 4009', async () => {
    const session = await register(world.url, newName())
    const one = await BareClient.connect(session, { deviceId: 'one' })
    const two = await BareClient.connect(session, { deviceId: 'two' })
    const third = await BareClient.open(session)
    third.send({ type: 'authenticate', token: session.sessionToken, deviceId: 'three' })
    expect(await third.closed()).toBe(4009)
    expect(third.frames).toMatchObject([{ type: 'error', code: 'device_limit', fatal: true }])
    await one.close()
    const again = await BareClient.connect(session, { deviceId: 'three' })
    expect(two.closedWith).toBeNull()
    two.terminate()
    again.terminate()
  })

  it('a connection replaces an older one of the same device and session only', async () => {
    const session = await register(world.url, newName())
    const old = await BareClient.connect(session, { deviceId: 'tab', session: 's' })
    const beside = await BareClient.connect(session, { deviceId: 'tab', session: 't' })
    const young = await BareClient.connect(session, { deviceId: 'tab', session: 's' })
    expect(await old.closed()).toBe(4010)
    expect(beside.closedWith).toBeNull()
    const absent = await BareClient.connect(session, { deviceId: 'app' })
    const absentToo = await BareClient.connect(session, { deviceId: 'app' })
    expect(await absent.closed()).toBe(4010)
    for (const client of [beside, young, absentToo]) client.terminate()
  })

  it('a flood is refused with a time to come back, and cut at last with 4129', async () => {
    const [ann, bob] = [
      await BareClient.registered(world.url),
      await BareClient.registered(world.url),
    ]
    const { channelId } = await ann.request({
      type: 'create_channel',
      participants: [bob.username],
    })
    for (let i = 0; i < 400; i += 1)
      ann.send({ type: 'chat_message', channelId, content: `flood ${i}` })
    const refused = await ann.next((frame) => frame.type === 'error')
    expect(refused).toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number) })
    expect(await ann.closed()).toBe(4129)
    expect(await bob.request({ type: 'heartbeat' })).toMatchObject({ type: 'heartbeat_ack' })
    ann.terminate()
    bob.terminate()
  })

  it('numbers after one that must come again are refused until it does', async () => {
    const [ann, bob] = [
      await BareClient.registered(world.url),
      await BareClient.registered(world.url),
    ]
    const { channelId } = await ann.request({
      type: 'create_channel',
      participants: [bob.username],
    })
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        ann.request({ type: 'chat_message', channelId, content: `n${i + 1}`, clientSeq: i + 1 }),
      ),
    )
    const refused = answers.filter((answer) => answer.type === 'error')
    const lowest = Math.min(...refused.map((answer) => answer.clientSeq ?? 0))
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.map((answer) => answer.clientSeq)).toEqual(
      Array.from({ length: 30 - lowest + 1 }, (_, i) => lowest + i),
    )
    for (let clientSeq = lowest; clientSeq <= 30;) {
      const answer = await ann.request({
        type: 'chat_message',
        channelId,
        content: `n${clientSeq}`,
        clientSeq,
      })
      if (answer.type === 'message_ack') clientSeq += 1
      else await new Promise((resolve) => setTimeout(resolve, answer.retryAfterMs))
    }
    const { events } = await bob.sync(channelId, 1)
    expect(events.map((event) => event.content)).toEqual(
      Array.from({ length: 30 }, (_, i) => `n${i + 1}`),
    )
    ann.terminate()
    bob.terminate()
  })

  it('a connection that answers pings stays open without heartbeats', async () => {
    const client = await BareClient.registered(world.url)
    await new Promise((resolve) => setTimeout(resolve, 6_000))
    expect(client.closedWith).toBeNull()
    expect(await client.request({ type: 'heartbeat' })).toMatchObject({ type: 'heartbeat_ack' })
    client.terminate()
  })

  it('a third device is told to come again while one of two connections is silent', async () => {
    const session = await register(world.url, newName())
    const one = await BareClient.connect(session, { deviceId: 'one' })
    const two = await BareClient.connect(session, { deviceId: 'two' })
    one.pause()
    const third = await BareClient.open(session)
    third.send({ type: 'authenticate', token: session.sessionToken, deviceId: 'three' })
    const code = await third.closed()
    expect([4129, 1000]).toContain(code)
    expect(third.frames.at(-1)).toMatchObject({
      code: 'unavailable',
      retryAfterMs: expect.any(Number),
    })
    two.terminate()
    one.terminate()
  })

  it('a client that asked for batches gets several events in one frame', async () => {
    const ann = await BareClient.registered(world.url)
    const session = await register(world.url, newName())
    const bob = await BareClient.connect(session, { capabilities: ['batch', 'unheard-of'] })
    const { channelId } = await ann.request({
      type: 'create_channel',
      participants: [bob.username],
    })
    for (let i = 0; i < 10; i += 1) ann.send({ type: 'chat_message', channelId, content: `b${i}` })
    const batch = await bob.next((frame) => frame.type === 'batch')
    const events = batch['events'] as { type: string; seq: number }[]
    expect(events.length).toBeGreaterThan(1)
    expect(events.every((event, i) => i === 0 || event.seq === (events[i - 1]?.seq ?? 0) + 1)).toBe(
      true,
    )
    expect(ann.frames.some((frame) => frame.type === 'batch')).toBe(false)
    ann.terminate()
    bob.terminate()
  })
})

/** Sends one message in more fragments than the server takes. */
function sendFragments(client: BareClient): void {
  for (let i = 0; i < 100; i++) client.sendRaw(' ', { fin: i === 99 })
}
