export { createEmbeddedPresenceBoard } from './presence-board.ts'
export { createEmbeddedPushBus, type EmbeddedPushBus } from './push-bus.ts'
export { createEmbeddedRouting, type EmbeddedRouting } from './routing.ts'
export { createEmbeddedThrottle } from './throttle.ts'
