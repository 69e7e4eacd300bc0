import type { Accounts } from '@rookery/accounts'

/** The owners of workers' names. */
export interface Names {
  /**
   * `taken`: another user or worker has the name, or had it in the past. Names that differ only in
   * case or in `.` and `_` count as the same. A repeat has no effect.
   */
  enroll(workerId: string): Promise<'enrolled' | 'taken'>
  /** The worker has quit. With accounts, no one else can get its name. */
  quit(workerId: string): Promise<void>
}

/** Names in the accounts of the platform, which users and workers share. */
export function accountNames(
  accounts: Pick<Accounts, 'enrollWorker' | 'quitWorker'>,
  now: () => number,
): Names {
  return {
    enroll: (workerId) => accounts.enrollWorker(workerId, now()),
    quit: (workerId) => accounts.quitWorker(workerId),
  }
}
