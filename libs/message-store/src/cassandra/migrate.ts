import type { Client } from 'cassandra-driver'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '../message-store.ts'
import { schema } from './schema.ts'
import { StoreState } from './store-state.ts'

const lockTtlSeconds = 60
const askAgainMs = 250
const giveUpAfterMs = 90_000

/**
 * Creates the keyspace and brings its schema forward to this release's version. If several
 * processes start together, one does the work, because Cassandra cannot handle concurrent changes
 * of one table. The others wait for the version.
 *
 * @throws StoreError `mismatch`: the schema is of a newer release; `unavailable`: another process
 *   has held the lock for too long
 */
export async function migrate(
  client: Client,
  keyspace: string,
  replication: Readonly<Record<string, number>>,
): Promise<StoreState> {
  await createKeyspace(client, keyspace, replication)
  const state = await StoreState.create(client, keyspace)
  const owner = randomUUID()
  for (const startedMs = performance.now(); performance.now() < startedMs + giveUpAfterMs;) {
    const version = Number(await state.propose('schema_version', '0'))
    if (version > schema.length) {
      throw new StoreError(
        'mismatch',
        `keyspace ${keyspace} has schema version ${version}, this release knows up to ${schema.length}: start the newer release`,
      )
    }
    if (version === schema.length) return state
    if (await state.hold('migration', owner, lockTtlSeconds)) {
      await step(client, keyspace, state, version, owner)
      await state.release('migration', owner)
    } else {
      await sleep(askAgainMs * (0.5 + Math.random()))
    }
  }
  throw new StoreError(
    'unavailable',
    `keyspace ${keyspace} is being migrated by another process, which does not finish: it will be tried again`,
  )
}

/** Goes from `version` to the next one, unless another process was faster. */
async function step(
  client: Client,
  keyspace: string,
  state: StoreState,
  version: number,
  owner: string,
): Promise<void> {
  // The former owner of the lock may have done it meanwhile.
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
