import { type Client, types } from 'cassandra-driver'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

const maxAttempts = 6
const retryAfterMs = 100

/**
 * Named values of one keyspace, changed only by compare-and-set: its schema version, the install of
 * its log, and the lock of the process that migrates it.
 */
export class StoreState {
  readonly #client: Client
  readonly #table: string

  constructor(client: Client, keyspace: string) {
    this.#client = client
    this.#table = `${keyspace}.store_state`
  }

  /**
   * Creates the table if it is missing. Any number of processes may do this at the same time,
   * through any nodes.
   */
  static async create(client: Client, keyspace: string): Promise<StoreState> {
    const state = new StoreState(client, keyspace)
    // The fixed id lets two nodes that create the table at the same time create the same one.
    // Otherwise they would create two tables that never merge.
    await client.execute(
      `CREATE TABLE IF NOT EXISTS ${state.#table} (name text PRIMARY KEY, value text)
       WITH id = ${idOf(state.#table)}`,
      [],
      { prepare: false },
    )
    return state
  }

  async get(name: string): Promise<string | null> {
    const { rows } = await this.#client.execute(`SELECT value FROM ${this.#table} WHERE name = ?`, [
      name,
    ])
    return valueIn(rows as unknown as Row[])
  }

  /** Stores `value` unless the name has a value, and returns the stored value. */
  async propose(name: string, value: string): Promise<string> {
    const found = await this.get(name)
    if (found !== null) return found
    const { rows, applied } = await this.#change(
      `INSERT INTO ${this.#table} (name, value) VALUES (?, ?) IF NOT EXISTS`,
      [name, value],
    )
    return applied ? value : (valueIn(rows) ?? value)
  }

  async replace(name: string, expected: string, value: string): Promise<void> {
    await this.#change(`UPDATE ${this.#table} SET value = ? WHERE name = ? IF value = ?`, [
      value,
      name,
      expected,
    ])
  }

  /**
   * Takes the lock `name` for `owner`, or renews it. The lock becomes free after `ttlSeconds`, so
   * that no process waits for a dead owner. Example: a migration holds its lock for 60 s at a time;
   * if the process dies, another one may migrate a minute later.
   * @returns true if `owner` holds the lock now
   */
  async hold(name: string, owner: string, ttlSeconds: number): Promise<boolean> {
    const holder = await this.get(name)
    if (holder === null) {
      const taken = await this.#change(
        `INSERT INTO ${this.#table} (name, value) VALUES (?, ?) IF NOT EXISTS USING TTL ${ttlSeconds}`,
        [name, owner],
      )
      // A change that was applied may have timed out. Its repeat is not applied, and finds `owner`.
      return taken.applied || valueIn(taken.rows) === owner
    }
    if (holder !== owner) return false
    const renewed = await this.#change(
      `UPDATE ${this.#table} USING TTL ${ttlSeconds} SET value = ? WHERE name = ? IF value = ?`,
      [owner, name, owner],
    )
    return renewed.applied
  }

  async release(name: string, owner: string): Promise<void> {
    await this.#change(`DELETE FROM ${this.#table} WHERE name = ? IF value = ?`, [name, owner])
  }

  /**
   * Runs a conditional write, and repeats it after an error, because concurrent ones interfere with
   * each other until one times out. Every write of this class may be repeated.
   */
  async #change(
    cql: string,
    params: readonly string[],
  ): Promise<{ applied: boolean; rows: Row[] }> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const result = await this.#client.execute(cql, params)
        return { applied: result.wasApplied(), rows: result.rows as unknown as Row[] }
      } catch (error) {
        if (attempt === maxAttempts) throw error
        await sleep(retryAfterMs * attempt * (0.5 + Math.random()))
      }
    }
  }
}

interface Row {
  value?: string
}

function valueIn(rows: readonly Row[]): string | null {
  return rows[0]?.value ?? null
}

/** A UUID that is computed from the name. */
function idOf(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16)
  return types.Uuid.fromString(
    bytes.toString('hex').replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-5$3-8$4-$5'),
  ).toString()
}
