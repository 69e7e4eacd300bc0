import { StoreError } from '../message-store.ts'
import type { StoreState } from './store-state.ts'

/** Settings that are fixed when a keyspace is created. */
export interface Install {
  installId: string
  epoch: number
  /**
   * The data centre of all dispatchers, and of all readers that decide about rights. They must
   * share one, because the quorums of two data centres may not overlap.
   */
  localDataCenter: string
  bucketSize: number
}

/**
 * The store belongs to the first log that it is opened with. Otherwise rows of two logs would be
 * mixed.
 * @returns the fixed settings
 * @throws StoreError `mismatch`
 */
export async function mustBelongTo(state: StoreState, own: Install): Promise<Install> {
  const stored = JSON.parse(await state.propose('install', JSON.stringify(own))) as Install
  if (stored.installId !== own.installId || stored.epoch !== own.epoch) {
    throw new StoreError(
      'mismatch',
      `the message store belongs to log ${stored.installId}, epoch ${stored.epoch}, but the log is ` +
        `${own.installId}, epoch ${own.epoch}: name the keyspace that belongs to this log, or an empty one` +
        (stored.installId === own.installId && stored.epoch < own.epoch
          ? '; if the log was accepted as a new one, accept-new-log was not finished: run it again'
          : ''),
    )
  }
  if (stored.localDataCenter !== own.localDataCenter) {
    throw new StoreError(
      'mismatch',
      `the message store was created in data centre ${stored.localDataCenter}, but the local one is ` +
        `${own.localDataCenter}: set the local data centre to ${stored.localDataCenter}`,
    )
  }
  return stored
}

/**
 * Lets the store be filled from the log's next epoch. Rows of earlier epochs stay, and the seqs of
 * each channel continue.
 *
 * @throws StoreError `mismatch`: the store belongs to another installation's log, or to a later
 *   epoch
 */
export async function acceptEpoch(
  state: StoreState,
  log: { installId: string; number: number },
): Promise<void> {
  const found = await state.get('install')
  // An empty store accepts any log.
  if (found === null) return
  const stored = JSON.parse(found) as Install
  if (stored.installId !== log.installId || stored.epoch > log.number)
    throw new StoreError(
      'mismatch',
      `the message store belongs to log ${stored.installId}, epoch ${stored.epoch}, and cannot continue with log ${log.installId}, epoch ${log.number}: ` +
        'name the keyspace that belongs to this log',
    )
  if (stored.epoch === log.number) return
  await state.replace('install', found, JSON.stringify({ ...stored, epoch: log.number }))
}
