import type { AuthAnswer, Profile } from '@rookery/protocol'
import { Backoff } from './backoff.ts'
import type { BackoffOptions } from './backoff.ts'
import { RookeryError } from './errors.ts'
import type { RestClient } from './rest.ts'

/** The part of the access token's life after which it is renewed. */
const renewAfter = 0.8
/** setTimeout's own limit. */
const maxTimerMs = 2 ** 31 - 1

export interface TokenKeeperOptions {
  rest: RestClient
  backoff: BackoffOptions
  /** Gives new tokens; by default, the refresh token is exchanged. */
  renew?: (() => Promise<AuthAnswer>) | undefined
  /** New tokens have come. The app may store them. */
  onTokens(answer: AuthAnswer): void
  /** A token was renewed in the background. The live socket must authenticate with it. */
  onRenewed(accessToken: string): void
  /** The log-in has ended: no renewal will ever work. */
  onEnded(error: RookeryError): void
}

/** Measured by two clocks: one can be set back, the other stands still while a machine sleeps. */
interface Expiry {
  clockMs: number
  steadyMs: number
}

/** The tokens of one log-in, renewed at 80 % of their life. */
export class TokenKeeper {
  readonly #options: TokenKeeperOptions
  readonly #backoff: Backoff
  #answer: AuthAnswer | null = null
  #expiry: Expiry = { clockMs: 0, steadyMs: 0 }
  #refreshing: Promise<string> | null = null
  #stopped = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: TokenKeeperOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.backoff)
  }

  get user(): Profile | null {
    return this.#answer?.user ?? null
  }

  get refreshToken(): string | null {
    return this.#answer?.refreshToken ?? null
  }

  set(answer: AuthAnswer): void {
    this.#answer = answer
    this.#stopped = false
    const lifeMs = answer.expiresIn * 1000
    this.#expiry = { clockMs: Date.now() + lifeMs, steadyMs: performance.now() + lifeMs }
    this.#backoff.reset()
    this.#renewIn(lifeMs * renewAfter)
    this.#options.onTokens(answer)
  }

  /** An access token that has not expired. */
  async access(): Promise<string> {
    const { clockMs, steadyMs } = this.#expiry
    const isGood = Date.now() < clockMs && performance.now() < steadyMs
    if (this.#answer !== null && isGood) return this.#answer.sessionToken
    return this.refresh()
  }

  /** Exchanges the refresh token; calls at the same time share one exchange. */
  refresh(): Promise<string> {
    this.#refreshing ??= this.#exchange().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  /** The server did not accept the renewed token. Another one is fetched soon. */
  renewAgain(): void {
    this.#renewIn(this.#backoff.next())
  }

  /** Stops renewing; the tokens stay readable. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #exchange(): Promise<string> {
    const { renew } = this.#options
    if (renew !== undefined) {
      const renewed = await renew()
      this.set(renewed)
      return renewed.sessionToken
    }
    const { refreshToken } = this
    if (refreshToken === null) throw new RookeryError('not_logged_in', 'log in first')
    const answer = await this.#options.rest.call('refresh', { body: { refreshToken } })
    this.set(answer)
    return answer.sessionToken
  }

  #renewIn(ms: number): void {
    clearTimeout(this.#timer)
    if (this.#stopped) return
    this.#timer = setTimeout(() => void this.#renew(), Math.min(ms, maxTimerMs))
  }

  async #renew(): Promise<void> {
    try {
      this.#options.onRenewed(await this.refresh())
    } catch (error) {
      if (this.#stopped) return
      if (endsLogin(error)) this.#options.onEnded(error)
      else this.#renewIn(this.#backoff.next())
    }
  }
}

/** True if an error says that these tokens will never be valid again. */
export function endsLogin(error: unknown): error is RookeryError {
  return (
    error instanceof RookeryError &&
    ['unauthorized', 'invalid_credentials', 'forbidden', 'not_logged_in'].includes(error.code)
  )
}
