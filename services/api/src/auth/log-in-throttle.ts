import { clientNetwork } from '@rookery/accounts'
import type { Throttle } from '@rookery/directory'
import type { ApiConfig, Rate } from '../config.ts'
import { rateLimited } from '../http/api-error.ts'

/** What a limit is called in metrics and in the log. */
export type LimitName = 'log-in-pair' | 'log-in-network' | 'log-in-account' | 'register' | 'refresh'

export interface LogInThrottleDeps {
  readonly throttle: Pick<Throttle, 'consume' | 'reset'>
  readonly rates: ApiConfig['rates']
  readonly onLimited?: (limit: LimitName) => void
}

/** A try that was counted: unless one of these is called, it was a failure. */
export interface PasswordTry {
  /** The password was right: what failed before it, here, is forgiven. */
  succeeded(): Promise<void>
  /** The password was not looked at after all. */
  undecided(): Promise<void>
}

interface Bucket {
  readonly limit: LimitName
  readonly scope: string
  readonly key: string
  readonly rate: Rate
}

/**
 * Each step of the ladder allows twice as many in eight times the time: who goes on guessing waits
 * four times as long.
 */
const steps = [0, 1, 2]
const knownRate: Rate = { points: 1, windowMs: 30 * 24 * 3_600_000 }
/** Asks whether a bucket is in use, and takes nothing. */
const glanceRate: Rate = { points: 1, windowMs: 1 }

/**
 * How often a password may be tried. Only failures count: a try takes its points beforehand, so
 * that a thousand at once are no more than a thousand in a row, and gets them back when it was
 * right, or was refused for another reason. Three limits: one account from one network (strict,
 * with growing delays), one network at any accounts (many people may be behind it), and one account
 * from anywhere. The last one is not for networks that the account has logged in from within 30
 * days, so that somebody who guesses at a victim's account from all over the world does not keep
 * the victim out. Nothing is ever locked: every delay ends by itself.
 */
export class LogInThrottle {
  readonly #deps: LogInThrottleDeps

  constructor(deps: LogInThrottleDeps) {
    this.#deps = deps
  }

  /** Counts one try. @throws ApiError `rate_limited` */
  async tryPassword(username: string, address: string): Promise<PasswordTry> {
    const network = clientNetwork(address)
    const pair = `${username} ${network}`
    const ladder = this.#ladder(pair)
    const { allowed: stranger } = await this.#consume('log-in-known', pair, 0, glanceRate)
    const taken = [
      ...ladder,
      this.#ofNetwork(network),
      ...(stranger ? [this.#ofAccount(username)] : []),
    ]
    await this.#takeAll(taken)
    return {
      succeeded: async () => {
        await this.#giveBack(taken)
        await this.#consume('log-in-known', pair, 1, knownRate)
        for (const { scope, key } of ladder) await this.#deps.throttle.reset(scope, key)
      },
      undecided: () => this.#giveBack(taken),
    }
  }

  /** @throws ApiError `rate_limited` */
  async tryRegistration(address: string): Promise<void> {
    const rate = this.#deps.rates.registerPerAddress
    const key = clientNetwork(address)
    await this.#takeAll([{ limit: 'register', scope: 'register', key, rate }])
  }

  /** @throws ApiError `rate_limited` */
  async tryRefresh(address: string): Promise<void> {
    const rate = this.#deps.rates.refreshPerAddress
    const key = clientNetwork(address)
    await this.#takeAll([{ limit: 'refresh', scope: 'refresh', key, rate }])
  }

  #ladder(pair: string): Bucket[] {
    const { points, windowMs } = this.#deps.rates.logInPerAccountAndAddress
    return steps.map((step) => ({
      limit: 'log-in-pair',
      scope: `log-in-pair-${step}`,
      key: pair,
      rate: { points: points * 2 ** step, windowMs: windowMs * 8 ** step },
    }))
  }

  #ofNetwork(network: string): Bucket {
    const rate = this.#deps.rates.logInPerAddress
    return { limit: 'log-in-network', scope: 'log-in-network', key: network, rate }
  }

  #ofAccount(username: string): Bucket {
    const rate = this.#deps.rates.logInPerAccount
    return { limit: 'log-in-account', scope: 'log-in-account', key: username, rate }
  }

  /** All or nothing. */
  async #takeAll(buckets: readonly Bucket[]): Promise<void> {
    const taken: Bucket[] = []
    for (const bucket of buckets) {
      const { allowed, retryAfterMs } = await this.#consume(
        bucket.scope,
        bucket.key,
        1,
        bucket.rate,
      )
      if (!allowed) {
        await this.#giveBack(taken)
        this.#deps.onLimited?.(bucket.limit)
        throw rateLimited(retryAfterMs)
      }
      taken.push(bucket)
    }
  }

  async #giveBack(buckets: readonly Bucket[]): Promise<void> {
    for (const { scope, key, rate } of buckets) await this.#consume(scope, key, -1, rate)
  }

  #consume(scope: string, key: string, cost: number, rate: Rate): ReturnType<Throttle['consume']> {
    return this.#deps.throttle.consume(scope, key, cost, rate)
  }
}
