import { type Environment, envList, readConfig } from '@rookery/service-kit'
import { z } from 'zod'
import { type BridgeVariables, bridgeVariables, toBridgeConfig } from './config.ts'

/** Where a program finds the tree of workers, when it runs beside a platform or without one. */
export interface TreeConfig {
  zookeeper: string
  brokers: readonly string[]
  root: string
  replicationFactor: number
}

type TreeVariables = Pick<BridgeVariables, 'BRIDGE_ROOT' | 'BRIDGE_REPLICATION'> & {
  readonly ZOOKEEPER_CONNECT: z.ZodPrefault<z.ZodString>
  readonly KAFKA_BROKERS: z.ZodPrefault<z.ZodType<readonly string[], string>>
}

export const treeVariables: TreeVariables = {
  ZOOKEEPER_CONNECT: z
    .string()
    .prefault('127.0.0.1:2181')
    .meta({ description: 'where ZooKeeper is: host:port,…' }),
  KAFKA_BROKERS: envList()
    .prefault('127.0.0.1:9092')
    .meta({ description: 'where Kafka is: host:port,…' }),
  BRIDGE_ROOT: bridgeVariables.BRIDGE_ROOT,
  BRIDGE_REPLICATION: bridgeVariables.BRIDGE_REPLICATION,
}

/** @throws ConfigError with one line for the operator */
export function readTreeConfig(env: Environment): TreeConfig {
  const settings = readConfig(z.object(treeVariables), env)
  const { root, replicationFactor } = toBridgeConfig({ ...settings, BRIDGE: true })
  return {
    zookeeper: settings.ZOOKEEPER_CONNECT,
    brokers: settings.KAFKA_BROKERS,
    root,
    replicationFactor,
  }
}
