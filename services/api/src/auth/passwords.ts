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

/**
 * Some 60 ms of a core each: the last in a full queue waits for about twenty seconds on two cores.
 */
const maxWaiting = 600
const maxWaitingOfNetwork = 500
const retryAfterMs = 2_000

/**
 * Hashes and checks passwords with argon2id: as many at once as there are cores, the networks that
 * ask taking turns.
 */
export class Passwords {
  readonly #cost: { memoryCost: number; timeCost: number; parallelism: number }
  readonly #queue: FairQueue
  /** The hash of random bytes, which no text is the password of. */
  readonly #nobody: Promise<string>

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
    this.#nobody = hash(randomBytes(16), this.#cost)
  }

  get waiting(): number {
    return this.#queue.waiting
  }

  /** @throws ApiError `unavailable` */
  hash(password: string, network: string): Promise<string> {
    return this.#run(network, () => hash(canonicalPassword(password), this.#cost))
  }

  /**
   * Whether it is the password of that hash, however its letters were typed. Without a hash (nobody
   * of that name) it takes the same time and is never true, so that an answer's time tells no
   * names.
   *
   * @throws ApiError `unavailable`
   */
  verify(passwordHash: string | null, password: string, network: string): Promise<boolean> {
    return this.#run(network, async () => {
      const checked = passwordHash ?? (await this.#nobody)
      for (const spelling of spellingsOf(password)) {
        if (await verify(checked, spelling)) return true
      }
      return false
    })
  }

  /**
   * Whether the hash was made at another cost than today's: to be renewed when its password is next
   * shown.
   */
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
      Promise.reject(unavailable('too many passwords are being checked', retryAfterMs))
    )
  }
}

/**
 * Passwords used to be kept just as they were typed, so the other spellings are tried after the
 * canonical one.
 */
function spellingsOf(password: string): Set<string> {
  const typed = ['NFC', 'NFD'].map((form) => password.normalize(form))
  return new Set([canonicalPassword(password), password, ...typed])
}

/** @throws ApiError `invalid_input`: guessed at once */
export function refuseWeakPassword(password: string, username: string): void {
  const folded = password.toLowerCase()
  if (folded === username) {
    throw new ApiError('invalid_input', 'body.password: must not be the username')
  }
  if (isCommonPassword(folded)) {
    throw new ApiError('invalid_input', 'body.password: is among the most common passwords')
  }
}
