import type { Client } from 'cassandra-driver'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '../message-store.ts'
import { schema } from './schema.ts'
import { StoreState } from './store-state.ts'

const lockTtlSeconds = 60
const pollMs = 250
const timeoutMs = 90_000

/**
 * Creates the keyspace and brings its schema to this release's version. If several processes start
 * together, one does the work, because Cassandra cannot handle concurrent changes of one table. The
 * others wait until the schema has this version.
 *
 * @throws StoreError `mismatch`: the schema is of a newer release; `unavailable`: another process
 *   has not finished the migration within 90 s
 */
export async function migrate(
  client: Client,
  keyspace: string,
  replication: Readonly<Record<string, number>>,
): Promise<StoreState> {
  await createKeyspace(client, keyspace, replication)
  const state = await StoreState.create(client, keyspace)
  const owner = randomUUID()
  for (const startedMs = performance.now(); performance.now() < startedMs + timeoutMs;) {
    const version = Number(await state.propose('schema_version', '0'))
    if (version > schema.length) {
      throw new StoreError(
        'mismatch',
        `keyspace ${keyspace} has schema version ${version}, but this release knows only versions up to ${schema.length}: start the newer release`,
      )
    }
    if (version === schema.length) return state
    if (await state.hold('migration', owner, lockTtlSeconds)) {
      await step(client, keyspace, state, version, owner)
      await state.release('migration', owner)
    } else {
      await sleep(pollMs * (0.5 + Math.random()))
    }
  }
  throw new StoreError(
    'unavailable',
    `keyspace ${keyspace} is being migrated by another process that does not finish, the migration is tried again`,
  )
}

/** Migrates from `version` to the next one, unless another process was faster. */
async function step(
  client: Client,
  keyspace: string,
  state: StoreState,
  version: number,
  owner: string,
): Promise<void> {
  // The former owner of the lock may have finished this step after the version was read.
  if (Number(await state.get('schema_version')) !== version) return
  for (const statement of schema[version] ?? []) {
    await client.execute(inKeyspace(statement, keyspace), [], { prepare: false })
    await state.hold('migration', owner, lockTtlSeconds)
  }
  await state.replace('schema_version', String(version), String(version + 1))
}

function inKeyspace(statement: string, keyspace: string): string {
  return statement.replace(/^(CREATE TABLE IF NOT EXISTS |ALTER TABLE )/, `$1${keyspace}.`)
}

async function createKeyspace(
  client: Client,
  keyspace: string,
  replication: Readonly<Record<string, number>>,
): Promise<void> {
  // A user that may not create keyspaces may still use one that an operator created.
  const { rowLength } = await client.execute(
    'SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?',
    [keyspace],
  )
  if (rowLength > 0) return
  const factors = Object.entries(replication).map(([name, factor]) => `'${name}': ${factor}`)
  await client.execute(
    `CREATE KEYSPACE IF NOT EXISTS ${keyspace}
     WITH replication = {'class': 'NetworkTopologyStrategy', ${factors.join(', ')}}`,
    [],
    { prepare: false },
  )
}
