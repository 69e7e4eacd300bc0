import { readTreeConfig, type TreeConfig, treeVariables } from '@rookery/bridge'
import { ConfigError, configHelp, type Environment } from '@rookery/service-kit'
import { parseArgs } from 'node:util'
import { z } from 'zod'

export interface WorkerConfig extends TreeConfig {
  name: string
}

const workerUsage =
  'Usage: npm run worker -- --name NAME [--zookeeper HOST:PORT] [--kafka HOST:PORT] [--root PATH]'

/** Usage, commands, and the variables that correspond to the options. */
export function workerHelp(menu: string): string {
  return `${workerUsage}

Commands, one a line, from a person or a pipe:
  ${menu}
An empty line does nothing. The exit code is 1 when a command failed.

${configHelp('A worker of the chat, over ZooKeeper and Kafka only.', z.object(treeVariables).pick(workerVariables))}`
}
const workerVariables = {
  ZOOKEEPER_CONNECT: true,
  KAFKA_BROKERS: true,
  BRIDGE_ROOT: true,
} as const

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
