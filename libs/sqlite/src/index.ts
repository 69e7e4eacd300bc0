export { closeDatabase } from './close-database.ts'
export { diskProbe } from './disk-probe.ts'
export {
  isDuplicateKey,
  isUnavailable,
  SqliteError,
  type SqliteErrorCode,
  sqliteErrorCode,
} from './errors.ts'
export { GroupCommit } from './group-commit.ts'
export { LazyCommit, type LazyCommitOptions } from './lazy-commit.ts'
export { lockFolder } from './lock-folder.ts'
export { migrate } from './migrate.ts'
export { type Database, openDatabase, type OpenOptions } from './open-database.ts'
export { Statements, type SqlValue } from './statements.ts'
export { blobToText, textToBlob } from './text-blob.ts'
