import { hash, parseOptions, verify } from '@node-rs/argon2'
import { canonicalPassword } from '@rookery/protocol'
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { ApiError, unavailable } from '../http/api-error.ts'
import { isCommonPassword } from './common-passwords.ts'
import { FairQueue } from './fair-queue.ts'

export interface PasswordHashCost {
  readonly memoryKib: number
  readonly passes: number
}

/** A check takes some 60 ms of a core: on 2 cores, a full queue takes about 20 s. */
const maxWaiting = 600
const maxWaitingOfNetwork = 500
const retryAfterMs = 2_000

/**
 * Hashes and checks passwords with argon2id, one at a time on each core. The networks that ask take
 * turns.
 */
export class Passwords {
  readonly #cost: { memoryCost: number; timeCost: number; parallelism: number }
  readonly #queue: FairQueue
  /** A hash that no password matches: it is of random bytes. */
  readonly #unmatched: Promise<string>

  constructor(
    { memoryKib, passes }: PasswordHashCost,
    queue: FairQueue = new FairQueue({
      parallel: availableParallelism(),
      maxWaiting: maxWaiting,
      maxWaitingOfKey: maxWaitingOfNetwork,
    }),
  ) {
    this.#cost = { memoryCost: memoryKib, timeCost: passes, parallelism: 1 }
    this.#queue = queue
    this.#unmatched = hash(randomBytes(16), this.#cost)
  }

  get waiting(): number {
    return this.#queue.waiting
  }

  /** @throws ApiError `unavailable` */
  hash(password: string, network: string): Promise<string> {
    return this.#run(network, () => hash(canonicalPassword(password), this.#cost))
  }

  /**
   * Whether the hash is of this password in any Unicode form. Null (an unknown name) takes the same
   * time and is never true: the time of an answer must not reveal which names exist.
   *
   * @throws ApiError `unavailable`
   */
  verify(passwordHash: string | null, password: string, network: string): Promise<boolean> {
    return this.#run(network, async () => {
      const checked = passwordHash ?? (await this.#unmatched)
      for (const spelling of spellingsOf(password)) {
        if (await verify(checked, spelling)) return true
      }
      return false
    })
  }

  /** Whether the hash has another cost than the present one. If so, renew it at the next log-in. */
  isOutdated(passwordHash: string): boolean {
    const { memoryCost, timeCost, parallelism } = parseOptions(passwordHash)
    const cost = this.#cost
    return (
      memoryCost !== cost.memoryCost ||
      timeCost !== cost.timeCost ||
      parallelism !== cost.parallelism
    )
  }

  #run<T>(network: string, task: () => Promise<T>): Promise<T> {
    return (
      this.#queue.run(network, task) ??
      Promise.reject(unavailable('too many passwords are being checked, try again', retryAfterMs))
    )
  }
}

/** Older releases hashed passwords as they were typed, so other spellings are tried, too. */
function spellingsOf(password: string): Set<string> {
  const typed = ['NFC', 'NFD'].map((form) => password.normalize(form))
  return new Set([canonicalPassword(password), password, ...typed])
}

/** @throws ApiError `invalid_input`: the password is common, or the username */
export function refuseWeakPassword(password: string, username: string): void {
  const folded = password.toLowerCase()
  if (folded === username) {
    throw new ApiError('invalid_input', 'body.password: must not be the username')
  }
  if (isCommonPassword(folded)) {
    throw new ApiError(
      'invalid_input',
      'body.password: is among the most common passwords, choose another',
    )
  }
}
