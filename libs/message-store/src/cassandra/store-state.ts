import type { Client } from 'cassandra-driver'
import { types } from 'cassandra-driver'
import { createHash } from 'node:crypto'

/** Named values of one keyspace that are changed by compare-and-set only: which schema it has, what log it belongs to, who migrates. */
export class StoreState {
  readonly #client: Client
  readonly #table: string

  constructor(client: Client, keyspace: string) {
    this.#client = client
    this.#table = `${keyspace}.store_state`
  }

  /** Any number of processes may do this at once, through any nodes. */
  static async create(client: Client, keyspace: string): Promise<StoreState> {
    const state = new StoreState(client, keyspace)
    // With an id of our own two nodes that create it at once create the same table; without one they would create two that never merge.
    await client.execute(
      `CREATE TABLE IF NOT EXISTS ${state.#table} (name text PRIMARY KEY, value text)
       WITH id = ${idOf(state.#table)}`,
      [],
      { prepare: false },
    )
    return state
  }

  async get(name: string): Promise<string | null> {
    const { rows } = await this.#client.execute(
      `SELECT value FROM ${this.#table} WHERE name = ?`,
      [name],
      { consistency: types.consistencies.localSerial },
    )
    const row = rows[0] as unknown as { value: string } | undefined
    return row?.value ?? null
  }

  /** Puts `value` where nothing is, and answers what is there then. */
  async propose(name: string, value: string): Promise<string> {
    const found = await this.get(name)
    if (found !== null) return found
    await this.#client.execute(
      `INSERT INTO ${this.#table} (name, value) VALUES (?, ?) IF NOT EXISTS`,
      [name, value],
    )
    return (await this.get(name)) ?? value
  }

  async replace(name: string, expected: string, value: string): Promise<boolean> {
    const result = await this.#client.execute(
      `UPDATE ${this.#table} SET value = ? WHERE name = ? IF value = ?`,
      [value, name, expected],
    )
    return result.wasApplied()
  }

  /** Holds `name` for `owner`, or holds it longer. It frees itself after `ttlSeconds`, so that nobody waits for a dead owner. */
  async hold(name: string, owner: string, ttlSeconds: number): Promise<boolean> {
    const taken = await this.#client.execute(
      `INSERT INTO ${this.#table} (name, value) VALUES (?, ?) IF NOT EXISTS USING TTL ${ttlSeconds}`,
      [name, owner],
    )
    if (taken.wasApplied()) return true
    const renewed = await this.#client.execute(
      `UPDATE ${this.#table} USING TTL ${ttlSeconds} SET value = ? WHERE name = ? IF value = ?`,
      [owner, name, owner],
    )
    return renewed.wasApplied()
  }

  async release(name: string, owner: string): Promise<void> {
    await this.#client.execute(`DELETE FROM ${this.#table} WHERE name = ? IF value = ?`, [
      name,
      owner,
    ])
  }
}

/** A UUID that is a function of the name. */
function idOf(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16)
  return types.Uuid.fromString(
    bytes.toString('hex').replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-5$3-8$4-$5'),
  ).toString()
}
