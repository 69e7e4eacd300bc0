import { envBoolean, envInteger } from '@rookery/service-kit'
import { z } from 'zod'

export interface BridgeConfig {
  enabled: boolean
  root: string
  replicationFactor: number
}

export interface BridgeVariables {
  readonly BRIDGE: z.ZodPrefault<z.ZodType<boolean, string>>
  readonly BRIDGE_ROOT: z.ZodPrefault<z.ZodString>
  readonly BRIDGE_REPLICATION: z.ZodPrefault<z.ZodType<number, string>>
}
export type BridgeSettings = { BRIDGE: boolean; BRIDGE_ROOT: string; BRIDGE_REPLICATION: number }

/**
 * To be spread into the settings of a process that opens a bridge. All processes of one platform
 * must agree.
 */
export const bridgeVariables: BridgeVariables = {
  BRIDGE: envBoolean()
    .prefault('true')
    .meta({ description: 'let foreign workers take part, over ZooKeeper and Kafka' }),
  BRIDGE_ROOT: z
    .string()
    .regex(
      /^\/$|^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._-]+)+$/,
      'must be / or a path without . and .. and without a slash at its end',
    )
    .prefault('/')
    .meta({ description: "where the workers' tree is in ZooKeeper" }),
  BRIDGE_REPLICATION: envInteger(1, 10)
    .prefault('1')
    .meta({ description: 'on how many brokers an inbox is kept' }),
}

export function toBridgeConfig(settings: BridgeSettings): BridgeConfig {
  return {
    enabled: settings.BRIDGE,
    root: settings.BRIDGE_ROOT,
    replicationFactor: settings.BRIDGE_REPLICATION,
  }
}
