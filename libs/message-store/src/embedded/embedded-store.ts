import { type Database, migrate, openDatabase, Statements } from '@rookery/sqlite'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type MessageStore, StoreError } from '../message-store.ts'
import { channelRowReader } from './channel-row-reader.ts'
import { channelWriter } from './channel-writer.ts'
import { eventReader } from './event-reader.ts'
import { marks } from './marks.ts'
import { memberReader } from './member-reader.ts'
import { messageReader } from './message-reader.ts'
import { schema } from './schema.ts'
import { StoreFile } from './store-file.ts'

export interface EmbeddedStoreOptions {
  /**
   * The folder of `store.db`. Both are created if they are missing. One process at a time uses it
   * (see `lockFolder`).
   */
  folder: string
  /** The epoch of the log from which this store is filled. */
  logEpoch: { installId: string; number: number }
}

/** @throws StoreError `mismatch`: the store was filled from another log */
export async function openEmbeddedStore({
  folder,
  logEpoch,
}: EmbeddedStoreOptions): Promise<MessageStore> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const db = openDatabase(join(folder, 'store.db'))
  try {
    migrate(db, schema)
    mustBelongTo(db, logEpoch)
  } catch (error) {
    db.close()
    throw error
  }
  const file = new StoreFile(db)
  return {
    ...channelWriter(file),
    ...eventReader(file),
    ...channelRowReader(file),
    ...messageReader(file),
    ...memberReader(file),
    ...marks(file),
    close: () => file.close(),
  }
}

/**
 * The store belongs to the first log that it is opened with. Otherwise rows of two logs would be
 * mixed.
 */
function mustBelongTo(db: Database, logEpoch: EmbeddedStoreOptions['logEpoch']): void {
  const statements = new Statements(db)
  const stored = statements.get<{ install_id: string; epoch: number }>(
    'SELECT install_id, epoch FROM install',
  )
  if (stored === undefined) {
    statements.run(
      'INSERT INTO install (install_id, epoch) VALUES (?, ?)',
      logEpoch.installId,
      logEpoch.number,
    )
  } else if (stored.install_id !== logEpoch.installId || stored.epoch !== logEpoch.number) {
    throw new StoreError(
      'mismatch',
      `the message store belongs to log ${stored.install_id}, epoch ${stored.epoch}, but the log is ` +
        `${logEpoch.installId}, epoch ${logEpoch.number}: put back the log.db that belongs to this store.db`,
    )
  }
}
