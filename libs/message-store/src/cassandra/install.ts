import { StoreError } from '../message-store.ts'
import type { StoreState } from './store-state.ts'

/** What is settled when a keyspace is made, and must never change after it. */
export interface Install {
  installId: string
  epoch: number
  /** Where all dispatchers and authorising readers are: quorums of two data centres need not meet. */
  localDataCenter: string
  bucketSize: number
}

/**
 * The first log that the store is opened with is its log for ever: rows of another one would be mixed with its own. Answers what is settled.
 * @throws StoreError `mismatch`
 */
export async function mustBelongTo(state: StoreState, asked: Install): Promise<Install> {
  const settled = JSON.parse(await state.propose('install', JSON.stringify(asked))) as Install
  if (settled.installId !== asked.installId || settled.epoch !== asked.epoch) {
    throw new StoreError(
      'mismatch',
      `the message store belongs to log ${settled.installId}, epoch ${settled.epoch}, but the log is ` +
        `${asked.installId}, epoch ${asked.epoch}: name the keyspace that belongs to this log, or an empty one`,
    )
  }
  if (settled.localDataCenter !== asked.localDataCenter) {
    throw new StoreError(
      'mismatch',
      `the message store was made in data centre ${settled.localDataCenter}, but the local one is ` +
        `${asked.localDataCenter}: set the local data centre to ${settled.localDataCenter}`,
    )
  }
  return settled
}
