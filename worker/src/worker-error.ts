export type WorkerErrorCode =
  /** The name is not possible, or the manager refused it because another user has it. */
  | 'refused'
  | 'not_enrolled'
  | 'not_online'
  /**
   * Another ZooKeeper session of the same name is online. That of a dead worker ends within its
   * session time.
   */
  | 'online_elsewhere'
  /** Only a worker that is online may be written to. */
  | 'receiver_offline'
  /** ZooKeeper, Kafka or a manager does not answer. It may be tried again. */
  | 'unavailable'

export class WorkerError extends Error {
  override readonly name = 'WorkerError'
  readonly code: WorkerErrorCode

  constructor(code: WorkerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
