import { type Environment, envList, readConfig } from '@rookery/service-kit'
import { z } from 'zod'
import { type BridgeVariables, bridgeVariables, toBridgeConfig } from './config.ts'

/** The location of the tree of workers, for a program that is no service of a platform. */
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
    .meta({ description: 'The addresses of ZooKeeper: host:port,…' }),
  KAFKA_BROKERS: envList()
    .prefault('127.0.0.1:9092')
    .meta({ description: 'The addresses of Kafka: host:port,…' }),
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
