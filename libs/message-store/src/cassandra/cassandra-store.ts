import type { Client } from 'cassandra-driver'
import { type MessageStore, StoreError } from '../message-store.ts'
import { channelBase } from './channel-base.ts'
import { channelRowReader } from './channel-row-reader.ts'
import { channelWriter } from './channel-writer.ts'
import { eventReader } from './event-reader.ts'
import { acceptEpoch, mustBelongTo } from './install.ts'
import { marks } from './marks.ts'
import { MemberCounts } from './member-counts.ts'
import { memberReader } from './member-reader.ts'
import { messageReader } from './message-reader.ts'
import { migrate } from './migrate.ts'
import { publicNames } from './public-names.ts'
import { CassandraSession, clientOf, type ClusterOptions } from './cassandra-session.ts'
import { sessionRows } from './session-rows.ts'
import type { StoreState } from './store-state.ts'
import { unreached } from './unreached.ts'

export interface CassandraStoreOptions extends ClusterOptions {
  /** Created if it is missing. 1 to 48 of `a–z 0–9 _`, beginning with a letter. */
  keyspace: string
  /**
   * Copies of each row in the local data centre: 3 in production. It has an effect only when the
   * keyspace is created.
   */
  replicationFactor: number
  /** The epoch of the log from which this store is filled. */
  logEpoch: { installId: string; number: number }
  /**
   * Number of seqs that share a Cassandra partition. It has an effect only when the keyspace is
   * created. Example: with 1,000, seqs 0 to 999 are in bucket 0.
   */
  bucketSize?: number
}

// About 5 MB a partition at the usual length of a message.
const defaultBucketSize = 5_000
// A cluster takes longer to create a table than to read from it.
const migrationTimeoutMs = 30_000

/**
 * Opens the store. Any number of processes may open one keyspace at the same time, even an empty
 * one.
 * @throws StoreError `mismatch`: the keyspace belongs to another log, another data centre or a
 *   newer release; `denied`: the cluster refuses the name, password or rights; `unavailable`: try
 *   again
 */
export async function openCassandraStore(options: CassandraStoreOptions): Promise<MessageStore> {
  const { keyspace, logEpoch, localDataCenter, bucketSize = defaultBucketSize } = options
  if (!/^[a-z][a-z0-9_]{0,47}$/.test(keyspace))
    throw new RangeError(
      `${JSON.stringify(keyspace)} cannot be the name of a keyspace: give 1 to 48 of a–z, 0–9 and _, beginning with a letter`,
    )

  const install = await migrated(options, (state) =>
    mustBelongTo(state, {
      installId: logEpoch.installId,
      epoch: logEpoch.number,
      localDataCenter,
      bucketSize,
    }),
  )
  const client = clientOf(options, keyspace)
  await connect(client)
  const cassandra = new CassandraSession(client)
  const context = { cassandra, bucketSize: install.bucketSize }
  const counts = new MemberCounts(cassandra)
  const rows = channelRowReader(context)
  return {
    ...channelWriter(context, (channelIds) => counts.forget(channelIds)),
    ...channelBase(context),
    ...sessionRows(context),
    ...eventReader(context),
    ...rows,
    ...publicNames(context, rows.channels),
    ...messageReader(context),
    ...memberReader(context, counts),
    ...marks(context),
    close: () => cassandra.close(),
  }
}

/**
 * Lets the store follow the log into its next epoch, which an operator has accepted; see the log's
 * `acceptNewLog`. All services must be stopped. A repeated call changes nothing.
 *
 * @throws as `openCassandraStore`
 */
export async function acceptCassandraEpoch(options: CassandraStoreOptions): Promise<void> {
  await migrated(options, (state) => acceptEpoch(state, options.logEpoch))
}

async function migrated<T>(
  options: CassandraStoreOptions,
  work: (state: StoreState) => Promise<T>,
): Promise<T> {
  const { keyspace, localDataCenter, replicationFactor } = options
  const client = clientOf(options, null, migrationTimeoutMs)
  await connect(client)
  return closing(client, async () =>
    work(await migrate(client, keyspace, { [localDataCenter]: replicationFactor })),
  )
}

async function connect(client: Client): Promise<void> {
  try {
    await client.connect()
  } catch (error) {
    await client.shutdown()
    throw unreached(error)
  }
}

async function closing<T>(client: Client, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw unreached(error)
  } finally {
    await client.shutdown()
  }
}
