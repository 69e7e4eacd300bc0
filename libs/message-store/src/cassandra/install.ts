import { StoreError } from '../message-store.ts'
import type { StoreState } from './store-state.ts'

/** What is settled when a keyspace is made, and must never change after it. */
export interface Install {
  installId: string
  epoch: number
  /**
   * Where all dispatchers and authorising readers are: quorums of two data centres need not meet.
   */
  localDataCenter: string
  bucketSize: number
}

/**
 * The first log that the store is opened with is its log for ever: rows of another one would be
 * mixed with its own. Answers what is settled.
 * @throws StoreError `mismatch`
 */
export async function mustBelongTo(state: StoreState, asked: Install): Promise<Install> {
  const settled = JSON.parse(await state.propose('install', JSON.stringify(asked))) as Install
  if (settled.installId !== asked.installId || settled.epoch !== asked.epoch) {
    throw new StoreError(
      'mismatch',
      `the message store belongs to log ${settled.installId}, epoch ${settled.epoch}, but the log is ` +
        `${asked.installId}, epoch ${asked.epoch}: name the keyspace that belongs to this log, or an empty one` +
        (settled.installId === asked.installId && settled.epoch < asked.epoch
          ? '; if the log was accepted as a new one, accept-new-log was not finished: run it again'
          : ''),
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

/**
 * From here on the store is fed from the log's next epoch. Rows of the epochs before it stay, and
 * their seqs go on.
 *
 * @throws StoreError `mismatch`: it belongs to another installation's log, or to a later epoch
 */
export async function acceptEpoch(
  state: StoreState,
  log: { installId: string; number: number },
): Promise<void> {
  const found = await state.get('install')
  // An empty store takes whatever log it is opened with.
  if (found === null) return
  const settled = JSON.parse(found) as Install
  if (settled.installId !== log.installId || settled.epoch > log.number)
    throw new StoreError(
      'mismatch',
      `the message store belongs to log ${settled.installId}, epoch ${settled.epoch}: ${log.installId}, epoch ${log.number}, cannot follow on it`,
    )
  if (settled.epoch === log.number) return
  await state.replace('install', found, JSON.stringify({ ...settled, epoch: log.number }))
}
