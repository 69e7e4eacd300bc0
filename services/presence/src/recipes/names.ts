import type { Accounts } from '@rookery/accounts'

/** Who owns a worker's name. Decided once, for ever. */
export interface Names {
  /**
   * `taken`: the name, with case and `.`/`_` folded, is or ever was another's. Repeating it is
   * harmless.
   */
  enroll(workerId: string): Promise<'enrolled' | 'taken'>
  /** The worker is gone; its name stays its own. */
  quit(workerId: string): Promise<void>
}

/** With the platform's accounts: there is one table of names for users and workers. */
export function accountNames(
  accounts: Pick<Accounts, 'enrollWorker' | 'quitWorker'>,
  now: () => number,
): Names {
  return {
    enroll: (workerId) => accounts.enrollWorker(workerId, now()),
    quit: (workerId) => accounts.quitWorker(workerId),
  }
}
