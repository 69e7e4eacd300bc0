import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { errorCodeNames, parseClientFrame, restRoutes, type RestRoute } from '@rookery/protocol'
import { AccessTokens, TokenError } from '@rookery/tokens'
import { BareClient } from '../src/bare-client.ts'
import { closeCodeIn, openUpgraded, rawFrame } from '../src/raw-frames.ts'
import { fields, nasty, share, timeoutMs, value } from '../src/fuzzing.ts'
import { startWorld, type World } from '../src/world.ts'

const key = 'a-key-for-fuzzing-of-at-least-256-bits-long'
const high = '1000000'

const body = fc.oneof(
  { weight: 6, arbitrary: fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 8 }) },
  { weight: 1, arbitrary: fc.jsonValue() },
)
const json = body.map((one) => JSON.stringify(one) ?? 'null')
/** JSON, and JSON with a piece cut out, doubled or overwritten. */
const text = fc.oneof(
  json,
  fc.tuple(json, fc.nat(), fc.nat({ max: 8 }), nasty).map(([whole, at, length, piece]) => {
    const from = at % (whole.length + 1)
    return whole.slice(0, from) + piece + whole.slice(from + length)
  }),
  nasty,
)

describe('fuzzing', () => {
  it(
    'no changed token is accepted',
    () => {
      const tokens = new AccessTokens({ secrets: [key], ttlMs: 60_000 })
      const other = new AccessTokens({ secrets: [`${key}!`], ttlMs: 60_000 })
      const subject = { username: 'ann', displayName: 'Ann', familyId: 'f', admin: false }
      const { token } = tokens.issue(subject)
      const [head = '', claims = '', signature = ''] = token.split('.')
      const encoded = (object: unknown): string =>
        Buffer.from(JSON.stringify(object) ?? '').toString('base64url')
      const decoded = (part: string) =>
        JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
      const altered = (part: string) =>
        fc
          .dictionary(
            fc.constantFrom(...Object.keys(decoded(part)), 'crit', 'jwk', 'jku', 'adm'),
            value,
            {
              minKeys: 1,
            },
          )
          .map((changes) => encoded({ ...decoded(part), ...changes }))
      const forged = fc.oneof(
        fc.tuple(fc.nat({ max: token.length - 1 }), fc.nat({ max: 255 })).map(([at, byte]) => {
          return token.slice(0, at) + String.fromCharCode(byte) + token.slice(at + 1)
        }),
        fc.nat({ max: token.length - 1 }).map((length) => token.slice(0, length)),
        altered(head).map((one) => `${one}.${claims}.${signature}`),
        altered(claims).map((one) => `${head}.${one}.${signature}`),
        fc.tuple(altered(head), altered(claims)).map(([a, b]) => `${a}.${b}.`),
        fc.constant(other.issue({ ...subject, admin: true }).token),
        nasty,
        fc.tuple(nasty, nasty, nasty).map((parts) => parts.map((one) => encoded(one)).join('.')),
      )
      fc.assert(
        fc.property(forged, (one) => {
          // The last character of a signature has bits that are ignored.
          const same = (a: string) =>
            Buffer.from(a.split('.')[2] ?? '', 'base64url').toString('hex')
          const equal = one.startsWith(`${head}.${claims}.`) && same(one) === same(token)
          let outcome: unknown
          try {
            outcome = tokens.verify(one).username
          } catch (error) {
            outcome = error
          }
          expect(equal || outcome instanceof TokenError).toBe(true)
        }),
        share(0.5),
      )
    },
    timeoutMs,
  )

  it(
    'no text makes the frame parser throw or repeat the text',
    () => {
      fc.assert(
        fc.property(text, (sent) => {
          const parsed = parseClientFrame(sent)
          if (parsed.ok) return
          expect(errorCodeNames).toContain(parsed.code)
          expect(parsed.message.length).toBeLessThan(200)
        }),
        share(0.3),
      )
    },
    timeoutMs,
  )

  describe('fuzzing of a running platform', () => {
    let world: World
    let witness: BareClient
    beforeAll(async () => {
      world = await startWorld({
        RATE_LIMIT_REQUESTS: `${high}/1s`,
        RATE_LIMIT_LOGIN_ADDRESS: `${high}/1s`,
        RATE_LIMIT_REFRESH: `${high}/1s`,
        RATE_LIMIT_HANDSHAKES: `${high}/1s`,
      })
      witness = await BareClient.registered(world.url, 'witness')
    })
    afterAll(async () => {
      witness.terminate()
      await world.close()
    })

    it(
      'no request is answered with 500 or without a code',
      async () => {
        const routes: readonly RestRoute[] = Object.values(restRoutes)
        const { sessionToken } = witness.session
        const headers = {
          authorization: `Bearer ${sessionToken}`,
          'content-type': 'application/json',
        }
        const asked = fc.tuple(
          fc.constantFrom(...routes),
          text.map((one) => one.slice(0, 2_000)),
          fc.dictionary(fc.constantFrom('limit', 'before', 'after', 'query'), nasty),
          nasty,
          fc.boolean(),
        )
        await fc.assert(
          fc.asyncProperty(asked, async ([route, sent, query, param, named]) => {
            const safe = (one: string) => encodeURIComponent(one.replace(/\p{Surrogate}/gu, '?'))
            const path = route.path.replaceAll(/:\w+/g, named ? safe(param.slice(0, 100)) : 'x')
            const search = Object.entries(query).map(([name, one]) => `${name}=${safe(one)}`)
            const answer = await fetch(`${world.url}${path}?${search.join('&').slice(0, 2_000)}`, {
              method: route.method,
              headers,
              ...(route.method === 'POST' || route.method === 'PATCH' ? { body: sent } : {}),
            })
            const said = await answer.text()
            expect(answer.status).toBeLessThan(500)
            const refusal =
              answer.status < 400 ? null : (JSON.parse(said) as { error: { code: string } })
            expect(errorCodeNames).toContain(refusal?.error.code ?? 'not_found')
            expect(said).not.toMatch(/node_modules|\.[jt]s:\d+/)
          }),
          share(0.15),
        )
      },
      timeoutMs,
    )

    it(
      'no bytes after a handshake harm other clients',
      async () => {
        const port = Number(new URL(witness.session.socketUrl).port)
        const frame = fc.record(
          {
            fin: fc.boolean(),
            reserved: fc.constantFrom(0, 0, 0, 1, 4, 7),
            opcode: fc.oneof(fc.constantFrom(0, 1, 1, 1, 2, 8, 9, 10), fc.nat({ max: 15 })),
            payload: fc.oneof(
              text,
              fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
            ),
            masked: fc.constantFrom(true, true, true, false),
            claimedLength: fc.oneof(
              { weight: 9, arbitrary: fc.constant(undefined) },
              { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) },
            ),
          },
          { requiredKeys: ['opcode', 'payload'] },
        )
        const codes = [1000, 1002, 1003, 1005, 1007, 1008, 1009, 4000, 4001, 4129]
        const sent = fc.array(
          fc.oneof(
            {
              weight: 9,
              arbitrary: frame.map(({ claimedLength, ...parts }) =>
                rawFrame(claimedLength === undefined ? parts : { ...parts, claimedLength }),
              ),
            },
            {
              weight: 1,
              arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
            },
          ),
          { minLength: 1, maxLength: 4 },
        )
        // Many sockets in parallel, because each may wait for 60 ms in which nothing comes.
        const { numRuns, ...rest } = share(0.05)
        await fc.assert(
          fc.asyncProperty(fc.array(sent, { minLength: 25, maxLength: 25 }), async (batch) => {
            const ended = await Promise.all(
              batch.map(async (bytes) => {
                const socket = await openUpgraded(port)
                socket.write(Buffer.concat(bytes))
                await socket.until(() => socket.ended || closeCodeIn(socket.received) !== null, 60)
                socket.destroy()
                return closeCodeIn(socket.received)
              }),
            )
            for (const code of ended) {
              const echoed = code !== null && code >= 3000 && code < 5000
              expect(code === null || echoed || codes.includes(code) ? null : code).toBeNull()
            }
          }),
          { numRuns: Math.ceil(numRuns / 25), ...rest },
        )
        expect(await witness.request({ type: 'heartbeat' })).toMatchObject({
          type: 'heartbeat_ack',
        })
      },
      timeoutMs,
    )
  })
})
