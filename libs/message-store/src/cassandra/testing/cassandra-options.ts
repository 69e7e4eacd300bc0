import { randomBytes } from 'node:crypto'
import type { CassandraStoreOptions } from '../cassandra-store.ts'

/** Options for the cluster that the variables name. Each call names a new keyspace. */
export function cassandraOptions(variables: {
  CASSANDRA_CONTACT_POINTS: string
  CASSANDRA_LOCAL_DATACENTER: string
}): CassandraStoreOptions {
  return {
    contactPoints: variables.CASSANDRA_CONTACT_POINTS.split(','),
    localDataCenter: variables.CASSANDRA_LOCAL_DATACENTER,
    keyspace: `rookery_test_${randomBytes(6).toString('hex')}`,
    replicationFactor: 1,
    logEpoch: { installId: 'log-1', number: 1 },
  }
}
