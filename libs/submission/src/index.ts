export * from './submitter.ts'
