import type { PresenceBoard } from '@rookery/directory'
import { Reconciler } from '@rookery/service-kit'
import type { Logger } from '@rookery/service-kit'

export interface WorkerPresenceDeps {
  serverId: string
  board: Pick<PresenceBoard, 'report'>
  logger: Logger
  now: () => number
}

/** A third of the lease of a report. */
const reportEveryMs = 5_000
const maxReports = 1_000

/** Reports online workers to the presence board, like a chat server its users. */
export class WorkerPresence {
  readonly #deps: WorkerPresenceDeps
  readonly #trigger: Reconciler
  #online: ReadonlySet<string> = new Set()
  #reported: ReadonlySet<string> = new Set()

  constructor(deps: WorkerPresenceDeps) {
    this.#deps = deps
    this.#trigger = new Reconciler(() => this.#report(), {
      everyMs: reportEveryMs,
      onError: (error) =>
        deps.logger.warn(
          { err: error },
          'the presence of workers could not be reported, tried again in 5 s',
        ),
    })
  }

  /** All workers that are online, by username. */
  setOnline(usernames: ReadonlySet<string>): void {
    const same =
      usernames.size === this.#online.size && [...usernames].every((one) => this.#online.has(one))
    this.#online = usernames
    if (!same) this.#trigger.poke()
  }

  close(): Promise<void> {
    return this.#trigger.close()
  }

  async #report(): Promise<void> {
    const { board, serverId, now } = this.#deps
    const online = this.#online
    const gone = [...this.#reported].filter((username) => !online.has(username))
    const atMs = now()
    const reports = [
      ...[...online].map((username) => ({ username, connected: true, atMs })),
      ...gone.map((username) => ({ username, connected: false, atMs })),
    ]
    for (let from = 0; from < reports.length; from += maxReports)
      await board.report(serverId, reports.slice(from, from + maxReports))
    this.#reported = online
  }
}
