export {
  createDispatcher,
  type Dispatcher,
  type DispatcherDeps,
  type PartitionWorkerFactory,
} from './dispatcher.ts'
export { PartitionWorker, type WorkerDeps } from './partition-worker.ts'
