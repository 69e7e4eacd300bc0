import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { errorCodeNames } from '@rookery/protocol'
import { BareClient } from '../src/bare-client.ts'
import { call, newName, register } from '../src/rest.ts'
import { startWorld, type World } from '../src/world.ts'

/** FUZZ_CASES sets the number of cases, FUZZ_SEED makes them repeatable. */
const cases = Number(process.env['FUZZ_CASES'] ?? 300)
const seed = Number(process.env['FUZZ_SEED'] ?? 1)
const run = { numRuns: cases, seed, endOnFailure: true }

describe('bad input', () => {
  let world: World
  let ann: BareClient
  let bob: BareClient
  let channelId: string

  beforeAll(async () => {
    world = await startWorld({
      RATE_LIMIT_SOCKET_REQUESTS_PER_SECOND: '100000',
      RATE_LIMIT_SOCKET_REQUEST_BURST: '100000',
      RATE_LIMIT_MESSAGES_PER_SECOND: '100000',
      RATE_LIMIT_MESSAGE_BURST: '100000',
      RATE_LIMIT_REFUSALS: '1000000',
      RATE_LIMIT_REQUESTS: '100000/1s',
      RATE_LIMIT_MESSAGES: '100000/1s',
      RATE_LIMIT_LOGIN: '100000/1s',
      RATE_LIMIT_LOGIN_ACCOUNT: '100000/1s',
      RATE_LIMIT_REFRESH: '100000/1s',
    })
    ann = await BareClient.registered(world.url, 'ann')
    bob = await BareClient.registered(world.url, 'bob')
    const made = await ann.request({
      type: 'create_channel',
      name: 'g',
      participants: [bob.username],
    })
    ;({ channelId } = made)
    await ann.request({ type: 'chat_message', channelId, content: 'first' })
  })
  afterAll(async () => {
    ann.terminate()
    bob.terminate()
    await world.close()
  })

  const expectedCodes: readonly string[] = errorCodeNames.filter((code) => code !== 'internal')
  const types = [
    'create_channel',
    'join_channel',
    'leave_channel',
    'chat_message',
    'edit_message',
    'delete_message',
    'add_reaction',
    'remove_reaction',
    'add_participants',
    'remove_participant',
    'set_role',
    'update_channel',
    'mark_channel_read',
    'sync',
    'status_update',
    'subscribe',
    'unsubscribe',
    'heartbeat',
    'authenticate',
    'nothing_known',
  ]
  const nasty = fc.oneof(
    fc.constantFrom(
      '',
      '\u0000',
      '\ud800',
      '💥'.repeat(4000),
      'x'.repeat(4001),
      '__proto__',
      'constructor',
      '../../etc',
      '%00',
      "' OR 1=1 --",
      '💩',
      'e\u0301',
      '\u202e',
      '\ufeff',
      'inbox',
      'system',
      'A'.repeat(101),
    ),
    fc.string({ unit: 'binary', maxLength: 50 }),
  )
  const anything = fc.oneof(
    nasty,
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      0.5,
      1,
      2,
      3,
      1e308,
      Number.MAX_SAFE_INTEGER,
      [],
      {},
    ),
    fc.jsonValue({ maxDepth: 3 }),
  )

  it('bad input on a socket is answered with a stable code and does not close it', async () => {
    const fields = () =>
      fc.record(
        {
          channelId: fc.oneof(fc.constant(channelId), anything),
          content: anything,
          metadata: anything,
          clientSeq: fc.oneof(fc.integer({ min: 1, max: 5 }), anything),
          seq: fc.oneof(fc.integer({ min: 0, max: 4 }), anything),
          name: anything,
          participants: fc.oneof(
            fc.constant([bob.username]),
            fc.array(anything, { maxLength: 3 }),
            anything,
          ),
          kind: fc.oneof(fc.constantFrom('direct', 'group', 'public'), anything),
          clientKey: anything,
          username: fc.oneof(fc.constant(bob.username), anything),
          role: fc.oneof(fc.constantFrom('owner', 'admin', 'member'), anything),
          emoji: anything,
          topic: anything,
          limit: anything,
          afterSeq: anything,
          channels: fc.oneof(
            fc.dictionary(fc.constantFrom(channelId, 'x', ''), anything),
            anything,
          ),
          status: anything,
          text: anything,
          userIds: fc.oneof(fc.array(anything, { maxLength: 3 }), anything),
          token: anything,
        },
        { requiredKeys: [] },
      )
    // Leaves out the frames after which ann or bob would not be in the channel.
    const harmless = (frame: Record<string, unknown>) =>
      !(
        frame['type'] === 'leave_channel' ||
        (frame['type'] === 'remove_participant' && frame['username'] === bob.username) ||
        (frame['type'] === 'set_role' && frame['role'] === 'owner')
      )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...types), fields(), async (type, more) => {
        const frame = { ...more, type }
        if (!harmless(frame)) return
        const answer = await ann.request(frame)
        const code = answer.type === 'error' ? answer.code : 'none'
        expect([...expectedCodes, 'none']).toContain(code)
      }),
      run,
    )
    expect(await ann.request({ type: 'heartbeat' })).toMatchObject({ type: 'heartbeat_ack' })
    const { events, head } = await bob.sync(channelId, 0)
    expect(events.map((event) => event.seq)).toEqual(
      Array.from({ length: Math.min(head, 200) }, (_, i) => i + 1),
    )
  }, 120_000)

  it('bad input by REST is answered with a stable code, and never with 500', async () => {
    const { sessionToken: token } = await register(world.url, newName())
    const routes: [string, string][] = [
      ['POST', '/auth/register'],
      ['POST', '/auth'],
      ['POST', '/auth/refresh'],
      ['PATCH', '/users/me'],
      ['POST', '/users/me/password'],
      ['POST', `/channels/${channelId}/messages`],
      ['POST', `/channels/${channelId}/consumers/c/commit`],
      ['POST', '/admin/users/x/ban'],
      ['GET', '/users?query='],
      ['GET', '/users/'],
      ['GET', '/channels/'],
      ['GET', '/channels/public?after='],
      ['GET', `/channels/${channelId}/messages?limit=`],
      ['GET', `/channels/${channelId}/messages?before=`],
    ]
    const body = fc.oneof(
      fc.record(
        {
          username: anything,
          password: anything,
          displayName: anything,
          refreshToken: anything,
          oldPassword: anything,
          newPassword: anything,
          content: anything,
          metadata: anything,
          seq: anything,
          session: anything,
          clientSeq: anything,
          reason: anything,
          until: anything,
        },
        { requiredKeys: [] },
      ),
      fc.jsonValue(),
    )
    const raw = fc.oneof(
      body.map((value) => JSON.stringify(value)),
      fc.string(),
      fc.uint8Array({ maxLength: 64 }),
      fc.constantFrom(
        '{"__proto__":{"admin":true}}',
        '{"username":"x","__proto__":1}',
        'x'.repeat(70_000),
        '"',
        'null',
      ),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...routes),
        raw,
        nasty,
        async ([method, path], sent, text) => {
          const request = method === 'GET' ? {} : { raw: sent }
          const where =
            method === 'GET'
              ? `${path}${encodeURIComponent(text.replace(/\p{Surrogate}/gu, '?'))}`
              : path
          const { status, body: answer } = await call(world.url, method, where, {
            token,
            ...request,
          })
          if (status < 400) return
          expect(status).toBeLessThan(500)
          expect(errorCodeNames).toContain(answer.error.code)
          expect(JSON.stringify(answer)).not.toMatch(/at .*\.(ts|js):\d+/)
        },
      ),
      run,
    )
  }, 120_000)

  it('a body of too many bytes is refused, and the longest message is not', async () => {
    const big = await call(world.url, 'POST', `/channels/${channelId}/messages`, {
      token: ann.session.sessionToken,
      raw: `{"content":"${'x'.repeat(200_000)}"}`,
    })
    expect(big.status).toBe(413)
    expect(big.body.error.code).toBe('too_large')
    const longest = '𝕏'.repeat(4000)
    const ascii = longest.replaceAll('𝕏', '\\ud835\\udd4f')
    ann.sendRaw(
      `{"type":"chat_message","requestId":"long","channelId":"${channelId}","content":"${ascii}"}`,
    )
    const ack = await ann.next((frame) => frame.requestId === 'long')
    expect(ack.type).toBe('message_ack')
    expect((await bob.event(channelId, ack.seq)).content).toBe(longest)
  })
})
