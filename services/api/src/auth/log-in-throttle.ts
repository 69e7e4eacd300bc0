import type { Throttle } from '@rookery/directory'
import type { ApiConfig } from '../config.ts'
import { rateLimited } from '../http/api-error.ts'

/**
 * How often a password may be tried. Strict for one account from one address; looser for an address (many
 * people behind one) and for an account from anywhere, so that somebody who guesses at a victim's account
 * slows that account's guessing, and does not easily keep the victim out.
 */
export class LogInThrottle {
  readonly #throttle: Pick<Throttle, 'consume' | 'reset'>
  readonly #rates: ApiConfig['rates']

  constructor(throttle: Pick<Throttle, 'consume' | 'reset'>, rates: ApiConfig['rates']) {
    this.#throttle = throttle
    this.#rates = rates
  }

  /** Counts one try. @throws ApiError `rate_limited` */
  async tryPassword(username: string, address: string): Promise<void> {
    const { logInPerAddress, logInPerAccount, logInPerAccountAndAddress } = this.#rates
    const pair = pairOf(username, address)
    // The strictest first: what it refuses costs the looser ones nothing.
    await this.#consume('log-in-pair', pair, logInPerAccountAndAddress)
    await this.#consume('log-in-address', address, logInPerAddress)
    await this.#consume('log-in-account', username, logInPerAccount)
  }

  /** The password was right. */
  async succeeded(username: string, address: string): Promise<void> {
    await this.#throttle.reset('log-in-pair', pairOf(username, address))
  }

  /** @throws ApiError `rate_limited` */
  async tryRegistration(address: string): Promise<void> {
    await this.#consume('register', address, this.#rates.registerPerAddress)
  }

  /** @throws ApiError `rate_limited` */
  async tryRefresh(address: string): Promise<void> {
    await this.#consume('refresh', address, this.#rates.refreshPerAddress)
  }

  async #consume(
    scope: string,
    key: string,
    rate: ApiConfig['rates']['logInPerAddress'],
  ): Promise<void> {
    const allowance = await this.#throttle.consume(scope, key, 1, rate)
    if (!allowance.allowed) throw rateLimited(allowance.retryAfterMs)
  }
}

function pairOf(username: string, address: string): string {
  return `${username} ${address}`
}
