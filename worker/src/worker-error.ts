export type WorkerErrorCode =
  /** The name cannot be, or the manager said no: it is somebody else's. */
  | 'refused'
  | 'not_enrolled'
  | 'not_online'
  /**
   * Another session of the same name is online; that of a worker that died goes within its session
   * time.
   */
  | 'online_elsewhere'
  /** Only who is online may be written to. */
  | 'receiver_offline'
  /** ZooKeeper, Kafka or a manager does not answer. Try again. */
  | 'unavailable'

export class WorkerError extends Error {
  override readonly name = 'WorkerError'
  readonly code: WorkerErrorCode

  constructor(code: WorkerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
