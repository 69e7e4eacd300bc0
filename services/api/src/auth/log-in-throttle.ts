import { clientNetwork } from '@rookery/accounts'
import type { Throttle } from '@rookery/directory'
import type { ApiConfig, Rate } from '../config.ts'
import { rateLimited } from '../http/api-error.ts'

/** The name of a limit in metrics and in the log. */
export type LimitName = 'log-in-pair' | 'log-in-network' | 'log-in-account' | 'register' | 'refresh'

export interface LogInThrottleDeps {
  readonly throttle: Pick<Throttle, 'consume' | 'reset'>
  readonly rates: ApiConfig['rates']
  readonly onLimited?: (limit: LimitName) => void
}

/** A try that was counted as a failure. It stays one unless one of these is called. */
export interface PasswordTry {
  /** The password was right: earlier failures of this account from this network are forgotten. */
  succeeded(): Promise<void>
  /** The password could not be checked: this try is not counted. */
  undecided(): Promise<void>
}

interface Bucket {
  readonly limit: LimitName
  readonly scope: string
  readonly key: string
  readonly rate: Rate
}

/**
 * Each step of the ladder allows twice the points in eight times the window. So the delay between
 * guesses grows fourfold a step: from 30 s over 2 min to 8 min with the default of 10/5m.
 */
const steps = [0, 1, 2]
const knownRate: Rate = { points: 1, windowMs: 30 * 24 * 3_600_000 }
/** For a look at whether a bucket is in use, at a cost of 0. */
const glanceRate: Rate = { points: 1, windowMs: 1 }

/**
 * Limits how often a password may be tried. Only failures count. A try takes its points in advance,
 * so that a thousand parallel tries are no better than a thousand in a row. It gets them back if
 * the password was right or could not be checked.
 *
 * There are three limits:
 * - `log-in-pair`: one account from one network. It is strict, and its delays grow.
 * - `log-in-network`: all accounts from one network, behind which there may be many people.
 * - `log-in-account`: one account from all networks, except those that the account has logged in
 *   from within 30 days. So guesses from all over the world do not keep the owner out.
 *
 * No account is ever locked: every delay ends.
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
    const { allowed: isUnknown } = await this.#consume('log-in-known', pair, 0, glanceRate)
    const taken = [
      ...ladder,
      this.#ofNetwork(network),
      ...(isUnknown ? [this.#ofAccount(username)] : []),
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

  /** Takes a point of each bucket, or of none. @throws ApiError `rate_limited` */
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
