export * from './coordination.ts'
