export {
  type EngineSettings,
  type EngineVariables,
  engineVariables,
  type ProcessSettings,
  type ProcessVariables,
  processVariables,
  type TokenSettings,
  type TokenVariables,
  tokenVariables,
} from './settings.ts'
export { Adapters } from './adapters.ts'
export { runEngineService, type ServiceStart } from './engine-service.ts'
export { runAcceptNewLog } from './accept-new-log.ts'
