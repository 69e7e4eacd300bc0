export * from './coordination.ts'
export * from './embedded/index.ts'
