import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
import { DirectoryError } from '../directory-error.ts'

export interface RedisOptions {
  /** `redis://[[user]:password@]host:port[/db]`. */
  url: string
  /**
   * The prefix of all keys and channels of one deployment. The hash tag in braces keeps them in one
   * slot of a Redis Cluster, because each step is one script over many keys.
   */
  keyPrefix?: string
}

/** Lua with the prefix of all keys in KEYS[1]. */
export interface Script {
  readonly lua: string
  readonly sha: string
}

const defaultKeyPrefix = '{rookery}:'
// The ports promise an answer within 500 ms.
const commandTimeoutMs = 350
const reconnectEveryMs = 250
const connectTimeoutMs = 2_000
// A silent peer is given up after this time; TCP takes minutes. (The library's own `socketTimeout`
// outlives its socket.)
const silenceMs = 3_000

export function script(lua: string): Script {
  const whole = `${prelude}${lua}`
  return { lua: whole, sha: createHash('sha1').update(whole).digest('hex') }
}

// Redis' clock alone decides leases, and it can be set. After it was set back, the end of a lease
// may be further away than the lease is long, or a write may be from the future. Such a lease
// counts as taken now, so it lives for one more lease at most. Microseconds tell the order of
// steps; as text they need a format, or Lua rounds them. The state is soft: a value that cannot be
// read is removed and recreated. Otherwise one poisoned key would fail every step that meets it.
const prelude = `
local p, engine = KEYS[1], redis
local redis = { call = function(...)
  local answer = engine.pcall(...)
  if type(answer) ~= 'table' or not answer.err then return answer end
  if not string.find(answer.err, 'WRONGTYPE', 1, true) then error(answer) end
  engine.call('DEL', (select(2, ...)))
  return engine.call(...)
end }
local time = redis.call('TIME')
local us = time[1] * 1000000 + time[2]
local now = us / 1000
local function text(number) return string.format('%.0f', number) end
local function number(value) return tonumber(value or '0') or 0 end
local function shorten(ends, lease)
  local most = now + lease
  local far = redis.call('ZRANGEBYSCORE', ends, '(' .. text(most + 1), '+inf', 'LIMIT', 0, 1000)
  for _, member in ipairs(far) do redis.call('ZADD', ends, text(most), member) end
  return far
end
`

/** One connection that reconnects. Requests during a gap fail at once. */
export class RedisConnection {
  readonly client: Redis
  readonly keyPrefix: string
  #silentSinceMs: number | null = null

  private constructor(client: Redis, keyPrefix: string) {
    this.client = client
    this.keyPrefix = keyPrefix
  }

  /**
   * @throws DirectoryError `unavailable`: it cannot be reached; `denied`: it refuses the name or
   * password
   */
  static async open({ url, keyPrefix = defaultKeyPrefix }: RedisOptions): Promise<RedisConnection> {
    const client = new Redis(url, {
      lazyConnect: true,
      // After a gap no caller waits for the requests from before it. Sent again, they would only be
      // late.
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: commandTimeoutMs,
      connectTimeout: connectTimeoutMs,
      retryStrategy: () => reconnectEveryMs,
    })
    let lastError: unknown
    // Callers are told by a rejection. Without a listener the library prints errors.
    client.on('error', (error: unknown) => (lastError = error))
    try {
      await client.connect()
    } catch (error) {
      client.disconnect()
      const cause = lastError ?? error
      if (isRefusal(cause)) {
        const message = `Redis refuses the name or password: check its address (${(cause as Error).message})`
        throw new DirectoryError('denied', message, { cause })
      }
      throw new DirectoryError('unavailable', 'the directory cannot be reached', { cause })
    }
    return new RedisConnection(client, keyPrefix)
  }

  /** Runs the script as one atomic step. @throws DirectoryError `unavailable` */
  run(step: Script, ...args: readonly (string | number)[]): Promise<unknown> {
    return this.ask(async () => {
      try {
        return await this.client.evalsha(step.sha, 1, this.keyPrefix, ...args)
      } catch (error) {
        // A Redis that was restarted or failed over knows no scripts.
        if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
        return this.client.eval(step.lua, 1, this.keyPrefix, ...args)
      }
    })
  }

  /** @throws DirectoryError `unavailable` */
  async ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      const answer = await work()
      this.noteAnswer(true)
      return answer
    } catch (error) {
      this.noteAnswer((error as Error).name === 'ReplyError')
      throw new DirectoryError('unavailable', 'the directory does not answer', { cause: error })
    }
  }

  /**
   * Notes whether a request got an answer, even a refusal. After too long a silence a new
   * connection is opened.
   */
  noteAnswer(answered: boolean): void {
    if (answered || this.client.status !== 'ready') {
      this.#silentSinceMs = null
      return
    }
    const nowMs = performance.now()
    this.#silentSinceMs ??= nowMs
    if (nowMs - this.#silentSinceMs < silenceMs) return
    this.#silentSinceMs = null
    this.client.disconnect(true)
  }

  key(...parts: readonly string[]): string {
    return this.keyPrefix + parts.join(':')
  }

  close(): void {
    this.client.disconnect()
  }
}

// The first word of an error is its code in the protocol.
function isRefusal(error: unknown): boolean {
  return /^(WRONGPASS|NOAUTH|NOPERM) /.test((error as Error).message)
}
