import { afterAll, beforeAll, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { clientFrameSchemas, errorCodeNames } from '@rookery/protocol'
import { BareClient } from '../src/bare-client.ts'
import { fields, share, timeoutMs, value } from '../src/fuzzing.ts'
import { startWorld, type World } from '../src/world.ts'

const many = '100000'
let world: World
beforeAll(async () => {
  world = await startWorld({
    RATE_LIMIT_SOCKET_REQUESTS_PER_SECOND: many,
    RATE_LIMIT_SOCKET_REQUEST_BURST: many,
    RATE_LIMIT_MESSAGES_PER_SECOND: many,
    RATE_LIMIT_MESSAGE_BURST: many,
    RATE_LIMIT_REFUSALS: many,
  })
})
afterAll(() => world.close())

it(
  'no frame of a user is answered with `internal` or ends the socket',
  async () => {
    const [user, other] = [
      await BareClient.registered(world.url, 'fuzz'),
      await BareClient.registered(world.url, 'other'),
    ]
    const participants = [other.username]
    const { channelId } = await user.request({
      type: 'create_channel',
      name: 'g',
      participants,
    })
    const theirs = await other.request({ type: 'create_channel', name: 'h' })
    await user.request({ type: 'chat_message', channelId, content: 'x' })
    const of = fc.constantFrom
    const likely: Record<string, fc.Arbitrary<unknown>> = {
      channelId: of(channelId, channelId, theirs.channelId, 'c', 'd.a.b'),
      seq: fc.integer({ min: -1, max: 9 }),
      clientSeq: of(1, 2, 3, 2 ** 53 - 1),
      limit: of(1, 100),
      afterSeq: fc.nat({ max: 9 }),
      username: of(other.username, user.username, 'nobody-here'),
      participants: of([], participants, [user.username], ['nobody-here']),
      userIds: of([], participants, [...participants, 'nobody-here']),
      channels: of({}, { [channelId]: 0 }, { [channelId]: 1, [theirs.channelId]: 0 }),
      role: of('owner', 'admin', 'member'),
      status: of('online', 'away', 'busy', 'invisible'),
      kind: of('direct', 'group', 'public'),
      name: of('n', 'N', 'ﬁ', '\u202e'),
      content: of('x', '👩‍👩‍👧', '\u0301', 'x'.repeat(4_000)),
      emoji: of('👍', 'x'),
      metadata: of({}, { a: [1, { b: null }] }),
      topic: of('t', ''),
      text: of('s', ''),
      clientKey: of('k'),
    }
    const field = of(...fields.filter((one) => one !== 'type' && one !== 'requestId'))
    const sent = fc.record({
      type: of(...Object.keys(clientFrameSchemas).filter((type) => type !== 'heartbeat')),
      rest: fc.array(
        field.chain((name) =>
          fc
            .oneof(
              {
                weight: 4,
                arbitrary: Object.hasOwn(likely, name) ? (likely[name] ?? value) : value,
              },
              { weight: 1, arbitrary: value },
            )
            .map((one) => [name, one] as const),
        ),
        { maxLength: 6 },
      ),
    })
    const { numRuns, ...rest } = share(0.1)
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { minLength: 20, maxLength: 20 }), async (batch) => {
        user.frames.length = 0
        for (const { type, rest: more } of batch)
          user.send({ channelId, ...Object.fromEntries(more), type })
        await user.request({ type: 'heartbeat' })
        expect(user.closedWith).toBeNull()
        for (const { code } of user.frames) {
          expect(code).not.toBe('internal')
          expect([...errorCodeNames, undefined]).toContain(code)
        }
      }),
      { numRuns: Math.ceil(numRuns / 20), ...rest },
    )
    user.terminate()
    other.terminate()
  },
  timeoutMs,
)
