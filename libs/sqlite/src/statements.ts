import type { StatementSyncInstance } from '@photostructure/sqlite'
import type { Database } from './open-database.ts'

/** What may be bound to a parameter. Booleans, Dates and undefined are refused by SQLite. */
export type SqlValue = null | number | bigint | string | Uint8Array

const maxStatements = 256

/**
 * Prepared statements of one connection, kept by their SQL text (the most recently used 256).
 * The row type is the caller's claim about its own SQL; nothing checks it.
 */
export class Statements {
  readonly #db: Database
  readonly #prepared = new Map<string, StatementSyncInstance>()

  constructor(db: Database) {
    this.#db = db
  }

  /** Runs a statement that returns no rows. @returns the number of changed rows */
  run(sql: string, ...values: SqlValue[]): number {
    return this.#prepare(sql).run(...values).changes
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[]
  }

  #prepare(sql: string): StatementSyncInstance {
    const known = this.#prepared.get(sql)
    this.#prepared.delete(sql)
    const statement = known ?? this.#db.prepare(sql)
    this.#prepared.set(sql, statement)
    if (this.#prepared.size > maxStatements) {
      const [oldest] = this.#prepared.keys()
      if (oldest !== undefined) this.#prepared.delete(oldest)
    }
    return statement
  }
}
