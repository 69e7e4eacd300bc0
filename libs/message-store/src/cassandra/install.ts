import { StoreError } from '../message-store.ts'
import type { StoreState } from './store-state.ts'

/** Settings that are fixed when a keyspace is created. */
export interface Install {
  installId: string
  epoch: number
  /**
   * The data centre of all dispatchers and of all readers that decide about rights. Quorums of two
   * data centres need not overlap.
   */
  localDataCenter: string
  bucketSize: number
}

/**
 * The store belongs to the first log that it is opened with, because rows of another log would be
 * mixed with its own.
 * @returns the fixed settings
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
      `the message store was created in data centre ${settled.localDataCenter}, but the local one is ` +
        `${asked.localDataCenter}: set the local data centre to ${settled.localDataCenter}`,
    )
  }
  return settled
}

/**
 * Lets the store be fed from the log's next epoch. Rows of earlier epochs stay, and their seqs
 * continue.
 *
 * @throws StoreError `mismatch`: it belongs to another installation's log, or to a later epoch
 */
export async function acceptEpoch(
  state: StoreState,
  log: { installId: string; number: number },
): Promise<void> {
  const found = await state.get('install')
  // An empty store accepts any log.
  if (found === null) return
  const settled = JSON.parse(found) as Install
  if (settled.installId !== log.installId || settled.epoch > log.number)
    throw new StoreError(
      'mismatch',
      `the message store belongs to log ${settled.installId}, epoch ${settled.epoch}: ${log.installId}, epoch ${log.number}, cannot follow it`,
    )
  if (settled.epoch === log.number) return
  await state.replace('install', found, JSON.stringify({ ...settled, epoch: log.number }))
}
