export * from './message-store.ts'
export { type EmbeddedStoreOptions, openEmbeddedStore } from './embedded/embedded-store.ts'
export { type CassandraStoreOptions, openCassandraStore } from './cassandra/cassandra-store.ts'
