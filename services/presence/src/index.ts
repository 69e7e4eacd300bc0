export {
  type PresenceConfig,
  type PresenceSettings,
  presenceVariables,
  toPresenceConfig,
} from './config.ts'
export { createPresence, type Presence, type PresenceDeps } from './presence.ts'
export type { BridgePorts } from './recipes/index.ts'
