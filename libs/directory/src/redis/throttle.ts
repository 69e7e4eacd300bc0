import { createEmbeddedThrottle } from '../embedded/throttle.ts'
import type { Allowance, Throttle, ThrottlePolicy } from '../throttle.ts'
import { RedisConnection, type RedisOptions, script } from './connection.ts'

// The generic cell rate algorithm, as in the embedded throttle: a bucket is one number, the time at
// which it will be full again. The time of its last write is stored beside it. If that time is in
// the future, the clock was set back since, and the bucket counts as written now. ARGV: bucket,
// cost, points, window (ms); returns the ms to wait, 0 if allowed
const consume = script(`
local key, cost, points, window = p .. 'points:' .. ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local function keep(fullAt)
  redis.call('SET', key, string.format('%.3f %.3f', fullAt, now), 'PX', math.ceil(fullAt - now) + 1)
end
local held, written = string.match(redis.call('GET', key) or '', '^([%d.]+) ([%d.]+)$')
local full, since = number(held), number(written)
if since > now then
  full = now + full - since
  if full > now then keep(full) end
end
local fullAt = math.max(now, full) + cost * window / points
local wait = fullAt - window - now
if wait > 0 then return math.ceil(wait) end
-- The bucket is full. It needs no key, and Redis would refuse a time to live of 0.
if fullAt <= now then redis.call('DEL', key) return 0 end
if cost ~= 0 then keep(fullAt) end
return 0
`)

/**
 * @throws DirectoryError `unavailable`: Redis cannot be reached; `denied`: it refuses the name or
 * password
 */
export async function openRedisThrottle(options: RedisOptions): Promise<Throttle> {
  return new RedisThrottle(await RedisConnection.open(options))
}

class RedisThrottle implements Throttle {
  readonly #connection: RedisConnection
  /**
   * Counts the points that this process has allowed. While Redis is away, it decides alone.
   */
  readonly #local = createEmbeddedThrottle()

  constructor(connection: RedisConnection) {
    this.#connection = connection
  }

  async consume(
    scope: string,
    key: string,
    cost: number,
    policy: ThrottlePolicy,
  ): Promise<Allowance> {
    const { points, windowMs } = policy
    let waitMs: number
    try {
      waitMs = Number(
        await this.#connection.run(consume, bucketName(scope, key), cost, points, windowMs),
      )
    } catch {
      return { ...(await this.#local.consume(scope, key, cost, policy)), degraded: true }
    }
    if (waitMs === 0) {
      await this.#local.consume(scope, key, cost, policy)
      return { allowed: true, retryAfterMs: 0, degraded: false }
    }
    // A cost above the bucket's size never fits. The caller gets a whole window as the wait, so
    // that it does not retry at once.
    return { allowed: false, retryAfterMs: cost > points ? windowMs : waitMs, degraded: false }
  }

  async reset(scope: string, key: string): Promise<void> {
    await this.#local.reset(scope, key)
    const { client } = this.#connection
    const bucket = this.#connection.key('points', bucketName(scope, key))
    await this.#connection.ask(() => client.del(bucket))
  }

  async close(): Promise<void> {
    this.#connection.close()
    await this.#local.close()
  }
}

function bucketName(scope: string, key: string): string {
  return JSON.stringify([scope, key])
}
