export * from './message-log.ts'
