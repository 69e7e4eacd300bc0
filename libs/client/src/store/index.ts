export { openStore } from './store.ts'
export type * from './types.ts'
export { RookeryError } from '../errors.ts'
export type { ClientErrorCode } from '../errors.ts'
