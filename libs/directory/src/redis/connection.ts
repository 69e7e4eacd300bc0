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
// A connection without an answer for this time is replaced; TCP notices only after minutes. (The
// library's own `socketTimeout` still runs after its socket was closed.)
const silenceMs = 3_000

export function script(lua: string): Script {
  const whole = `${prelude}${lua}`
  return { lua: whole, sha: createHash('sha1').update(whole).digest('hex') }
}

// Every script begins with this.
// Clock: Redis' clock alone decides about leases, and it can be set. After it was set back, a lease
// may end later than one lease from now, or a write may be from the future. Such a lease counts as
// taken now, so it lives for one more lease at most. Example: a lease of 15 s was taken at
// 12:00:00, and the clock was set back to 10:00:00; the lease ends at 10:00:15, not at 12:00:15.
// Order: microseconds tell the order of steps. As text they need a format, or Lua rounds them.
// Garbage: the state is soft, so a key of a wrong type is removed and recreated. Otherwise one such
// key would fail every step that reads it.
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

/** One connection that reconnects. Without a connection, requests fail at once. */
export class RedisConnection {
  readonly client: Redis
  readonly keyPrefix: string
  #silentSinceMs: number | null = null

  private constructor(client: Redis, keyPrefix: string) {
    this.client = client
    this.keyPrefix = keyPrefix
  }

  /**
   * @throws DirectoryError `unavailable`: Redis cannot be reached; `denied`: it refuses the name or
   * password
   */
  static async open({ url, keyPrefix = defaultKeyPrefix }: RedisOptions): Promise<RedisConnection> {
    const client = new Redis(url, {
      lazyConnect: true,
      // The callers of requests from before a gap have given up waiting for them, so the requests
      // are not sent again.
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: commandTimeoutMs,
      connectTimeout: connectTimeoutMs,
      retryStrategy: () => reconnectEveryMs,
    })
    let lastError: unknown
    // Callers get a rejection. The listener keeps the library from printing the errors as well.
    client.on('error', (error: unknown) => (lastError = error))
    try {
      await client.connect()
    } catch (error) {
      client.disconnect()
      const cause = lastError ?? error
      if (isRefusal(cause)) {
        const message = `Redis refuses the name or password: correct them in its address (${(cause as Error).message})`
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
   * Notes whether a request got an answer; a refusal is one. After 3 s without an answer, the
   * connection is replaced.
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
