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
 * The settings of the bridge. A process that opens one spreads them into its own. They must be the
 * same in all processes of a platform.
 */
export const bridgeVariables: BridgeVariables = {
  BRIDGE: envBoolean()
    .prefault('true')
    .meta({ description: 'Connects foreign workers to the platform, over ZooKeeper and Kafka.' }),
  BRIDGE_ROOT: z
    .string()
    .regex(
      /^\/$|^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._-]+)+$/,
      'must be / or a path without . and .. and without a slash at its end',
    )
    .prefault('/')
    .meta({ description: 'The path in ZooKeeper below which the tree of workers is.' }),
  BRIDGE_REPLICATION: envInteger(1, 10)
    .prefault('1')
    .meta({ description: 'The number of brokers that keep each inbox.' }),
}

export function toBridgeConfig(settings: BridgeSettings): BridgeConfig {
  return {
    enabled: settings.BRIDGE,
    root: settings.BRIDGE_ROOT,
    replicationFactor: settings.BRIDGE_REPLICATION,
  }
}
