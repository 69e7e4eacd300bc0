export * from './submission.ts'
export * from './submitter.ts'
