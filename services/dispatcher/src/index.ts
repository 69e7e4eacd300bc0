export {
  createDispatcher,
  dispatcherGroup,
  type Dispatcher,
  type DispatcherDeps,
} from './dispatcher.ts'
