export { connectWorker, type InboxMessage, type Worker, type WorkerOptions } from './worker.ts'
export { WorkerError, type WorkerErrorCode } from './worker-error.ts'
