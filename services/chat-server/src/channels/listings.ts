import { Limiter } from '@rookery/service-kit'
import { RequestError } from '../request-error.ts'

/**
 * 64 reads keep a store busy. A client would not wait longer than 5 s, so it is refused before.
 */
const limits = { atOnce: 64, maxWaiting: 10_000, maxWaitMs: 5_000 }
const retryAfterMs = 1_000
/** Clients that are refused together come back spread over this time. */
const retrySpreadMs = 4_000

/**
 * Bounds the work that new sockets give the store: reading the user's channels and their list. When
 * all sockets of a platform come back together, each gets its list soon, or is told early to come
 * back later. Without a bound all of them would wait for each other.
 */
export function boundedListings(): Limiter {
  return new Limiter({ ...limits, overloaded: tooMany })
}

export function tooMany(): RequestError {
  return new RequestError('unavailable', 'too many clients connect now, come back in a moment', {
    retryAfterMs: retryAfterMs + Math.floor(Math.random() * retrySpreadMs),
  })
}
