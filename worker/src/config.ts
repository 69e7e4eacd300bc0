import { bridgeVariables, toBridgeConfig } from '@rookery/bridge'
import {
  ConfigError,
  configHelp,
  type Environment,
  envList,
  readConfig,
} from '@rookery/service-kit'
import { parseArgs } from 'node:util'
import { z } from 'zod'

export interface TreeConfig {
  zookeeper: string
  brokers: readonly string[]
  root: string
  replicationFactor: number
}
export interface WorkerConfig extends TreeConfig {
  name: string
}

const schema = z.object({
  ZOOKEEPER_CONNECT: z
    .string()
    .prefault('127.0.0.1:2181')
    .meta({ description: 'where ZooKeeper is: host:port,…' }),
  KAFKA_BROKERS: envList()
    .prefault('127.0.0.1:9092')
    .meta({ description: 'where Kafka is: host:port,…' }),
  BRIDGE_ROOT: bridgeVariables.BRIDGE_ROOT,
  BRIDGE_REPLICATION: bridgeVariables.BRIDGE_REPLICATION,
})

const workerUsage =
  'Usage: npm run worker -- --name NAME [--zookeeper HOST:PORT] [--kafka HOST:PORT] [--root PATH]'

/** Usage, commands, and the variables that say the same as the options. */
export function workerHelp(menu: string): string {
  return `${workerUsage}

Commands, one a line, from a person or a pipe:
  ${menu}
An empty line does nothing. The exit code is 1 when a command failed.

${configHelp('A worker of the chat, over ZooKeeper and Kafka only.', schema.pick(workerVariables))}`
}
const workerVariables = {
  ZOOKEEPER_CONNECT: true,
  KAFKA_BROKERS: true,
  BRIDGE_ROOT: true,
} as const

export function managerHelp(): string {
  return configHelp('The manager of a tree of workers that has no platform.', schema)
}

/** @throws ConfigError with one line for the operator */
export function readTreeConfig(env: Environment): TreeConfig {
  const settings = readConfig(schema, env)
  const { root, replicationFactor } = toBridgeConfig({ ...settings, BRIDGE: true })
  return {
    zookeeper: settings.ZOOKEEPER_CONNECT,
    brokers: settings.KAFKA_BROKERS,
    root,
    replicationFactor,
  }
}

/** @throws ConfigError */
export function readWorkerConfig(args: string[], env: Environment): WorkerConfig {
  const options = parse(args)
  if (options.name === undefined) throw new ConfigError('--name', `is missing. ${workerUsage}`)
  const settings = readTreeConfig({
    ...env,
    ...(options.zookeeper === undefined ? {} : { ZOOKEEPER_CONNECT: options.zookeeper }),
    ...(options.kafka === undefined ? {} : { KAFKA_BROKERS: options.kafka }),
    ...(options.root === undefined ? {} : { BRIDGE_ROOT: options.root }),
  })
  return { ...settings, name: options.name }
}

function parse(args: string[]): {
  name?: string
  zookeeper?: string
  kafka?: string
  root?: string
} {
  const text = { type: 'string' } as const
  try {
    const options = { name: text, zookeeper: text, kafka: text, root: text }
    return parseArgs({ args, options }).values
  } catch (cause) {
    throw new ConfigError('arguments', `cannot be understood. ${workerUsage}`, { cause })
  }
}
