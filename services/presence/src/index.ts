export {
  type PresenceConfig,
  type PresenceSettings,
  presenceVariables,
  toPresenceConfig,
} from './config.ts'
export { createPresence, type Presence, type PresenceDeps, presenceElection } from './presence.ts'
