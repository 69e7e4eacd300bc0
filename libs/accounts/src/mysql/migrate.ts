import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import { createHash } from 'node:crypto'
import { AccountsError } from '../accounts-error.ts'
import { schema } from './schema.ts'

const connectTimeoutMs = 5_000
const lockWaitSeconds = 60
const unknownDatabase = 1049
// ER_BINLOG_CREATE_ROUTINE_NEED_SUPER: with its binary log on, MySQL lets only administrators
// create triggers.
const triggersRefused = 1419
// ER_DBACCESS_DENIED_ERROR, ER_ACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR,
// ER_ACCESS_DENIED_NO_PASSWORD_ERROR.
const refusals: readonly number[] = [1044, 1045, 1142, 1698]

/**
 * Creates the database if it is missing, and updates its schema to this release's version. A named
 * lock lets one process do so at a time. The server frees the lock when its holder is gone.
 *
 * @throws AccountsError `mismatch`: the schema is of a newer release; `denied`: the server refuses
 *   the name, password or rights; `unavailable`
 */
export async function migrate(url: string): Promise<void> {
  const connection = await connect(url)
  try {
    const database = databaseOf(url)
    const lock = schemaLockOf(database)
    const held = await value(connection, 'SELECT GET_LOCK(?, ?) AS value', [lock, lockWaitSeconds])
    if (held !== 1) {
      throw new AccountsError(
        'unavailable',
        `another process has been migrating the database ${database} for ${lockWaitSeconds} s: try again, or stop that process`,
      )
    }
    await migrateLocked(connection, database)
    await connection.query('DO RELEASE_LOCK(?)', [lock])
  } catch (error) {
    throw error instanceof AccountsError ? error : unreached(error)
  } finally {
    connection.destroy()
  }
}

/**
 * The name of the lock. Locks belong to the server, not to a database, and their names have at most
 * 64 characters.
 */
export function schemaLockOf(database: string): string {
  return `rookery-schema-${createHash('sha256').update(database).digest('hex').slice(0, 32)}`
}

async function migrateLocked(connection: Connection, database: string): Promise<void> {
  await connection.query(
    `CREATE TABLE IF NOT EXISTS schema_version (id TINYINT NOT NULL PRIMARY KEY, version INT NOT NULL) ENGINE=InnoDB`,
  )
  const version =
    (await value(connection, 'SELECT version AS value FROM schema_version WHERE id = 1')) ?? 0
  if (version > schema.length) {
    throw new AccountsError(
      'mismatch',
      `the database ${database} has schema version ${version}, but this release knows only up to ${schema.length}: start the newer release`,
    )
  }
  for (let done = version; done < schema.length; done += 1) {
    for (const statement of schema[done] ?? []) await connection.query(statement)
    await connection.query('REPLACE INTO schema_version (id, version) VALUES (1, ?)', [done + 1])
  }
}

async function value(
  connection: Connection,
  sql: string,
  params: readonly (string | number)[] = [],
): Promise<number | null> {
  const [rows] = await connection.query<RowDataPacket[]>(sql, [...params])
  return (rows[0] as { value: number } | undefined)?.value ?? null
}

/** Connects to the database, and creates it if it is missing. */
async function connect(url: string): Promise<Connection> {
  const open = (uri: string): Promise<Connection> =>
    createConnection({ uri, connectTimeout: connectTimeoutMs, charset: 'utf8mb4' })
  try {
    return await open(url)
  } catch (error) {
    if ((error as { errno?: number }).errno !== unknownDatabase) throw unreached(error)
  }
  try {
    const server = new URL(url)
    server.pathname = '/'
    const connection = await open(server.href)
    await connection.query(
      `CREATE DATABASE IF NOT EXISTS ${connection.escapeId(databaseOf(url))} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    )
    connection.destroy()
    return await open(url)
  } catch (error) {
    throw unreached(error)
  }
}

function databaseOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1))
}

function unreached(cause: unknown): AccountsError {
  if ((cause as { errno?: number }).errno === triggersRefused) {
    const message =
      'MySQL refuses the triggers that keep the audit trail append-only: start it with --log-bin-trust-function-creators=1'
    return new AccountsError('denied', message, { cause })
  }
  if (refusals.includes((cause as { errno?: number }).errno ?? 0)) {
    const message = `MySQL refuses the connection: check the name, password and rights (${(cause as Error).message})`
    return new AccountsError('denied', message, { cause })
  }
  return new AccountsError('unavailable', 'the accounts cannot be reached', { cause })
}
