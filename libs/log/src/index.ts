export * from './message-log.ts'
export { type EmbeddedLogOptions, openEmbeddedLog } from './embedded/embedded-log.ts'
export { murmur2, partitionOfKey } from './murmur2.ts'
