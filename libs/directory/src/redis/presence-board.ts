import type { PresenceUpdate } from '@rookery/domain'
import type { Choice, PresenceBoard, PresenceFacts, PresenceReport } from '../presence-board.ts'
import { leaseMs as defaultLeaseMs } from '../routing.ts'
import { inSequence } from './chunks.ts'
import { RedisConnection, type RedisOptions } from './connection.ts'
import { type PresenceScripts, presenceScripts } from './presence-scripts.ts'

export interface RedisPresenceBoardOptions extends RedisOptions {
  leaseMs?: number
}

// How long a change may wait until it is announced. A sweep that finds nothing costs Redis almost
// nothing.
const sweepEveryMs = 100
const maxPerStep = 250

/**
 * @throws DirectoryError `unavailable`: Redis cannot be reached; `denied`: it refuses the name or
 * password
 */
export async function openRedisPresenceBoard(
  options: RedisPresenceBoardOptions,
): Promise<PresenceBoard> {
  const scripts = presenceScripts(options.leaseMs ?? defaultLeaseMs)
  return new RedisPresenceBoard(await RedisConnection.open(options), scripts)
}

/**
 * The changed users are in one sorted set, and taking is one step, so each change is returned once,
 * whatever number of processes take. Expired reports are swept by each process that takes, or that
 * waits for an announcement. A waiting process also asks regularly, because a message about a
 * change could be lost.
 */
class RedisPresenceBoard implements PresenceBoard {
  readonly #connection: RedisConnection
  readonly #scripts: PresenceScripts
  readonly #listeners = new Set<() => void>()
  #poller: NodeJS.Timeout | null = null
  #polling = false

  constructor(connection: RedisConnection, scripts: PresenceScripts) {
    this.#connection = connection
    this.#scripts = scripts
  }

  async report(serverId: string, reports: readonly PresenceReport[]): Promise<void> {
    await inSequence(reports, async (chunk) => {
      const args = chunk.flatMap(({ username, connected, atMs }) => [
        username,
        connected ? 1 : 0,
        atMs,
        JSON.stringify([serverId, username]),
      ])
      await this.#connection.run(this.#scripts.report, serverId, ...args)
      return []
    })
  }

  async choose(username: string, { status, text, atMs }: Choice): Promise<void> {
    const json = JSON.stringify({ status, text, atMs })
    await this.#connection.run(this.#scripts.choose, username, atMs, json)
  }

  async choices(usernames: readonly string[]): Promise<ReadonlyMap<string, Choice>> {
    const facts = await this.facts(usernames)
    return new Map(
      [...facts].flatMap(([username, { choice }]) => (choice === null ? [] : [[username, choice]])),
    )
  }

  async watch(serverId: string, usernames: readonly string[], replace: boolean): Promise<void> {
    let since = ''
    for (let i = 0; i === 0 || i < usernames.length; i += maxPerStep) {
      const ends = replace && i + maxPerStep >= usernames.length
      since = String(
        await this.#connection.run(
          this.#scripts.watch,
          serverId,
          since,
          ends ? 1 : 0,
          ...usernames.slice(i, i + maxPerStep),
        ),
      )
    }
  }

  async unwatch(serverId: string, usernames: readonly string[]): Promise<void> {
    await inSequence(usernames, async (chunk) => {
      await this.#connection.run(this.#scripts.unwatch, serverId, ...chunk)
      return []
    })
  }

  async watchers(usernames: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const watchers = await inSequence(usernames, async (chunk) => {
      const each = (await this.#connection.run(this.#scripts.watchers, ...chunk)) as string[][]
      return chunk.map((username, i): [string, string[]] => [username, each[i] ?? []])
    })
    return new Map(watchers)
  }

  async takeChanged(limit: number): Promise<string[]> {
    const [left, taken] = (await this.#connection.run(this.#scripts.takeChanged, limit)) as [
      number,
      string[],
    ]
    if (left > 0) setImmediate(() => this.#announce())
    return taken
  }

  async markAllChanged(): Promise<void> {
    await this.#connection.run(this.#scripts.markAllChanged)
  }

  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener)
    this.#poller ??= setInterval(() => void this.#poll(), sweepEveryMs).unref()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stopPolling()
    }
  }

  async facts(usernames: readonly string[]): Promise<ReadonlyMap<string, PresenceFacts>> {
    const facts = await inSequence(usernames, async (chunk) => {
      const found = (await this.#connection.run(this.#scripts.facts, ...chunk)) as (
        string | number | null
      )[]
      return chunk.map((username, i): [string, PresenceFacts] => {
        const [connected, seen, choice] = found.slice(3 * i)
        return [
          username,
          {
            connected: connected === 1,
            lastConnectedMs: typeof seen === 'string' && /^\d+$/.test(seen) ? Number(seen) : null,
            choice: parsed<Choice>(choice),
          },
        ]
      })
    })
    return new Map(facts)
  }

  async publish(updates: readonly PresenceUpdate[]): Promise<void> {
    await inSequence(updates, async (chunk) => {
      const args = chunk.flatMap((update) => [
        update.userId,
        update.status === 'offline' ? 1 : 0,
        JSON.stringify(update),
      ])
      await this.#connection.run(this.#scripts.publish, ...args)
      return []
    })
  }

  async read(usernames: readonly string[]): Promise<ReadonlyMap<string, PresenceUpdate>> {
    const { client } = this.#connection
    const shown = await inSequence(usernames, async (chunk) => {
      const keys = chunk.map((username) => this.#connection.key('shown', username))
      const found = await this.#connection.ask(() => client.mget(keys))
      return chunk.map((userId, i): [string, PresenceUpdate] => {
        const update = parsed<PresenceUpdate>(found[i])
        return [userId, update ?? { userId, status: 'offline', lastSeen: null }]
      })
    })
    return new Map(shown)
  }

  async close(): Promise<void> {
    this.#listeners.clear()
    this.#stopPolling()
    this.#connection.close()
  }

  async #poll(): Promise<void> {
    if (this.#polling) return
    this.#polling = true
    try {
      if (Number(await this.#connection.run(this.#scripts.sweep)) > 0) this.#announce()
    } catch {
      // Redis is away. The next poll tries again.
    } finally {
      this.#polling = false
    }
  }

  #announce(): void {
    for (const listener of this.#listeners) listener()
  }

  #stopPolling(): void {
    if (this.#poller !== null) clearInterval(this.#poller)
    this.#poller = null
  }
}

/** Null if there is no value, or one that this board never wrote. */
function parsed<T extends { status: string }>(json: string | number | null | undefined): T | null {
  try {
    const value = JSON.parse(String(json)) as Partial<T> | null
    return typeof value?.status === 'string' ? (value as T) : null
  } catch {
    return null
  }
}
