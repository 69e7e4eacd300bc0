import { createPool, type Pool, type PoolConnection } from 'mysql2/promise'
import { AccountsError } from '../accounts-error.ts'

export type Param = string | number | null | Buffer

/** Statements on one connection, in one transaction. */
export interface Transaction {
  rows<Row>(sql: string, ...params: Param[]): Promise<Row[]>
  /** @returns the number of matched rows */
  run(sql: string, ...params: Param[]): Promise<number>
  /** @returns the id of the inserted row */
  insert(sql: string, ...params: Param[]): Promise<number>
}

// The port promises an answer within 2 s.
const deadlineMs = 1_500
const connectTimeoutMs = 1_200
const maxConnections = 10
const maxQueued = 500
// Per connection. This lib has about forty different statements.
const maxPrepared = 150
// ER_LOCK_DEADLOCK, ER_LOCK_WAIT_TIMEOUT: the transaction may succeed when it is repeated.
const transientErrors: readonly number[] = [1213, 1205]
const maxAttempts = 5

/**
 * A database. Each piece of work runs in one transaction, and succeeds or is rejected within 2 s.
 */
export class Database {
  readonly #pool: Pool
  #closed = false

  /** `url`: `mysql://user:password@host:port/database`. */
  constructor(url: string) {
    this.#pool = createPool({
      uri: url,
      connectTimeout: connectTimeoutMs,
      connectionLimit: maxConnections,
      queueLimit: maxQueued,
      maxPreparedStatements: maxPrepared,
      charset: 'utf8mb4',
      enableKeepAlive: true,
    })
    // With this isolation level, transactions lock the rows that they change, but not the gaps
    // between rows. These statements are the first on each connection.
    this.#pool.pool.on('connection', (connection) => {
      connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', ignored)
      connection.query("SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'", ignored)
      connection.query('SET SESSION innodb_lock_wait_timeout = 1', ignored)
    })
  }

  /**
   * @throws AccountsError `unavailable`: the work did not end in time, or the connection was lost;
   *   the work may have been done. The server's errors about a statement are thrown unchanged
   */
  async run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    if (this.#closed) throw unavailable()
    const deadline = new Deadline(deadlineMs)
    try {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await this.#attempt(work, deadline)
        } catch (error) {
          if (!transientErrors.includes(numberOf(error)) || attempt === maxAttempts) throw error
        }
      }
    } catch (error) {
      throw isUnavailability(error) ? unavailable(error) : error
    } finally {
      deadline.end()
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#pool.end()
  }

  async #attempt<T>(
    work: (transaction: Transaction) => Promise<T>,
    deadline: Deadline,
  ): Promise<T> {
    const connection = await deadline.orLate(this.#pool.getConnection(), (late) => late.release())
    try {
      const result = await deadline.orLate(inTransaction(connection, work))
      connection.release()
      return result
    } catch (error) {
      // The state of the connection is unknown. When it closes, the server rolls the transaction
      // back.
      connection.destroy()
      throw error
    }
  }
}

async function inTransaction<T>(
  connection: PoolConnection,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  await connection.query('START TRANSACTION')
  const result = await work({
    rows: async <Row>(sql: string, ...params: Param[]) => {
      const [rows] = await connection.execute(sql, params)
      return rows as Row[]
    },
    run: async (sql, ...params) => {
      const [result] = await connection.execute(sql, params)
      return (result as { affectedRows: number }).affectedRows
    },
    insert: async (sql, ...params) => {
      const [result] = await connection.execute(sql, params)
      return (result as { insertId: number }).insertId
    },
  })
  await connection.query('COMMIT')
  return result
}

/** One time limit over several steps. */
class Deadline {
  readonly #late: Promise<never>
  readonly #timer: NodeJS.Timeout

  constructor(ms: number) {
    let expire: (error: Error) => void = () => undefined
    this.#late = new Promise((_resolve, reject) => (expire = reject))
    // Keeps the rejection from being unhandled if it comes while no step waits for it.
    this.#late.catch(() => undefined)
    this.#timer = setTimeout(
      () => expire(new AccountsError('unavailable', 'the database did not answer in time')),
      ms,
    )
  }

  /**
   * Settles like `step`, or rejects when the time is over. If `step` resolves after that, its value
   * goes to `tooLate`.
   */
  async orLate<T>(step: Promise<T>, tooLate: (late: T) => void = () => undefined): Promise<T> {
    let over = false
    step.then(
      (late) => over && tooLate(late),
      () => undefined,
    )
    try {
      return await Promise.race([step, this.#late])
    } catch (error) {
      over = true
      throw error
    }
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}

export function isDuplicateKey(error: unknown): boolean {
  return numberOf(error) === 1062
}

function numberOf(error: unknown): number {
  return (error as { errno?: number }).errno ?? 0
}

/**
 * True for every error except an answer of the server about a statement: no connection, no answer,
 * no free connection, no permission. An answer has an SQL state of five characters.
 */
function isUnavailability(error: unknown): boolean {
  const { code, sqlState } = error as { code?: string; sqlState?: string }
  if (code === undefined) return false
  return sqlState === undefined || transientStates.some((state) => sqlState.startsWith(state))
}

// 08 connection, 28 credentials, 40 serialisation, 70 query interrupted. The server uses the
// general HY000 when it has trouble itself.
const transientStates = ['08', '28', '40', '70', 'HY000']

function unavailable(cause?: unknown): AccountsError {
  if (cause instanceof AccountsError) return cause
  return new AccountsError('unavailable', 'the accounts accept no work now', { cause })
}

function ignored(): void {
  // If one of these statements fails, the connection fails at the next statement as well.
}
