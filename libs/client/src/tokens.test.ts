import { afterEach, expect, it, jest } from '@jest/globals'
import type { AuthAnswer } from '@rookery/protocol'
import type { RestClient } from './rest.ts'
import { TokenKeeper } from './tokens.ts'

const answerOf = (sessionToken: string, expiresIn: number): AuthAnswer => ({
  sessionToken,
  refreshToken: 'r',
  expiresIn,
  user: { username: 'ann', displayName: 'Ann' },
  servers: { chat: { id: 'c', host: 'h', port: 1, url: 'ws://h:1' } },
})
let keeper: TokenKeeper
const open = (fresh: AuthAnswer): void => {
  keeper = new TokenKeeper({
    rest: { call: async () => fresh } as unknown as RestClient,
    backoff: {},
    onTokens: () => undefined,
    onRenewed: () => undefined,
    onEnded: () => undefined,
  })
}

afterEach(() => {
  keeper.stop()
  jest.restoreAllMocks()
})

it.each([
  ['back by a day', -86_400_000],
  ['forward by a day', 86_400_000],
])('never uses an expired token after the clock was set %s', async (_what, stepMs) => {
  open(answerOf('new', 900))
  keeper.set(answerOf('old', 0))
  const nowMs = Date.now()
  jest.spyOn(Date, 'now').mockReturnValue(nowMs + stepMs)
  expect(await keeper.access()).toBe('new')
})

it('keeps a token that has not expired', async () => {
  open(answerOf('new', 900))
  keeper.set(answerOf('old', 900))
  expect(await keeper.access()).toBe('old')
})
