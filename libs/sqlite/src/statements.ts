import type { StatementSyncInstance } from '@photostructure/sqlite'
import type { Database } from './open-database.ts'

/** A value of a parameter. SQLite refuses booleans, Dates and undefined. */
export type SqlValue = null | number | bigint | string | Uint8Array

const maxStatements = 256

/**
 * The prepared statements of one connection, by their SQL text. It keeps the 256 most recently used
 * ones. The row type is the caller's claim about its SQL and is not checked.
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
