export * from './message-store.ts'
export { type EmbeddedStoreOptions, openEmbeddedStore } from './embedded/embedded-store.ts'
