import type { LogEpoch } from '@rookery/log'
import type { KafkaLogOptions } from '@rookery/log/kafka'
import type { CassandraStoreOptions } from '@rookery/message-store/cassandra'
import type { EngineSettings } from './settings.ts'

/** The address of the log, and the settings with which it is created. */
export function logPlan(
  settings: EngineSettings,
): Pick<KafkaLogOptions, 'brokers' | 'partitionCount' | 'replicationFactor'> {
  const { KAFKA_BROKERS, KAFKA_PARTITIONS, KAFKA_REPLICATION_FACTOR } = settings
  return {
    brokers: list(KAFKA_BROKERS),
    partitionCount: KAFKA_PARTITIONS,
    replicationFactor: KAFKA_REPLICATION_FACTOR,
  }
}

/** The address of this log's store, and the settings with which it is created. */
export function storePlan(settings: EngineSettings, logEpoch: LogEpoch): CassandraStoreOptions {
  return {
    contactPoints: list(settings.CASSANDRA_CONTACT_POINTS),
    localDataCenter: settings.CASSANDRA_LOCAL_DATACENTER,
    keyspace: settings.CASSANDRA_KEYSPACE,
    replicationFactor: settings.CASSANDRA_REPLICATION_FACTOR,
    logEpoch,
  }
}

export function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
