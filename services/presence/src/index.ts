export {
  type PresenceConfig,
  type PresenceSettings,
  presenceVariables,
  toPresenceConfig,
} from './config.ts'
export { createPresence, type Presence, type PresenceDeps } from './presence.ts'
export { type BridgePorts, Manager, type ManagerDeps, type Names } from './recipes/index.ts'
