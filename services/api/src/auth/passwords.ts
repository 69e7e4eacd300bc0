import { hash, verify } from '@node-rs/argon2'
import { randomBytes } from 'node:crypto'
import { ApiError, unavailable } from '../http/api-error.ts'
import { BoundedQueue } from './bounded-queue.ts'
import { commonPasswords } from './common-passwords.ts'

export interface PasswordHashCost {
  readonly memoryKib: number
  readonly passes: number
}

/** A hash takes a core for some 60 ms: more at once would only make all of them slower. */
const PARALLEL = 2
const MAX_WAITING = 50
const RETRY_AFTER_MS = 2_000

/** Hashes and checks passwords with argon2id, a bounded number at a time. */
export class Passwords {
  readonly #cost: { memoryCost: number; timeCost: number; parallelism: number }
  readonly #queue = new BoundedQueue(PARALLEL, MAX_WAITING)
  /** The hash of random bytes, which no text is the password of. */
  readonly #nobody: Promise<string>

  constructor({ memoryKib, passes }: PasswordHashCost) {
    this.#cost = { memoryCost: memoryKib, timeCost: passes, parallelism: 1 }
    this.#nobody = hash(randomBytes(16), this.#cost)
  }

  /** @throws ApiError `unavailable` */
  hash(password: string): Promise<string> {
    return this.#run(() => hash(password, this.#cost))
  }

  /**
   * Whether it is the password of that hash. Without a hash (nobody of that name) it takes the same time
   * and is never true, so that an answer's time tells no names.
   *
   * @throws ApiError `unavailable`
   */
  verify(passwordHash: string | null, password: string): Promise<boolean> {
    return this.#run(async () => verify(passwordHash ?? (await this.#nobody), password))
  }

  #run<T>(task: () => Promise<T>): Promise<T> {
    return (
      this.#queue.run(task) ??
      Promise.reject(unavailable('too many passwords are being checked', RETRY_AFTER_MS))
    )
  }
}

/** @throws ApiError `invalid_input`: guessed at once */
export function refuseWeakPassword(password: string, username: string): void {
  const folded = password.toLowerCase()
  if (folded === username) {
    throw new ApiError('invalid_input', 'body.password: must not be the username')
  }
  if (commonPasswords.has(folded)) {
    throw new ApiError('invalid_input', 'body.password: is among the most common passwords')
  }
}
