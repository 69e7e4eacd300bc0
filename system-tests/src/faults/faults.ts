import type { Fault } from './fault.ts'
import { engineFrozen, engineKilled } from './kinds/engines.ts'
import { frozen, killed, stopped } from './kinds/processes.ts'

/** Every fault there is. A kind is a file in `kinds/`. */
export const faults: readonly Fault[] = [
  killed('chat-server'),
  stopped('chat-server'),
  frozen('chat-server'),
  killed('dispatcher'),
  stopped('dispatcher'),
  frozen('dispatcher'),
  killed('presence'),
  killed('api'),
  engineKilled('redis'),
  engineFrozen('redis'),
  engineKilled('kafka'),
  engineFrozen('kafka'),
  engineKilled('cassandra'),
  engineKilled('zookeeper'),
  engineKilled('mariadb'),
]
