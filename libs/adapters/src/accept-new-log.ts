import { parseArgs } from 'node:util'
import { acceptNewLog } from '@rookery/log/kafka'
import { acceptCassandraEpoch } from '@rookery/message-store/cassandra'
import { type Environment, readConfig } from '@rookery/service-kit'
import { z } from 'zod'
import { logPlan, storePlan } from './engine-plans.ts'
import { type EngineSettings, engineVariables } from './settings.ts'

const name = 'accept-new-log'
const usage = `${name} --topic-id ID

Accepts a topic that was deleted and recreated as this installation's log, and begins the next epoch.
ID is the id of the topic, which the services print when they refuse it.

Stored messages stay, and new ones follow them.
Records of the old topic that were not stored are lost.
Stop all services first. The command may be repeated.
It uses the same settings as the services: KAFKA_… and CASSANDRA_….
`

/** The command `accept-new-log`, for operators. @returns its exit code */
export async function runAcceptNewLog(
  args: readonly string[],
  environment: Environment,
): Promise<number> {
  try {
    const { values } = parseArgs({ args: [...args], options: { 'topic-id': { type: 'string' } } })
    const topicId = values['topic-id']
    if (topicId === undefined) {
      process.stdout.write(usage)
      return args.length === 0 ? 0 : 2
    }
    const schema = z.object(logAndStoreVariables)
    const settings = readConfig(schema, environment, { prefixes: [] }) as unknown as EngineSettings
    const epoch = await acceptNewLog({ ...logPlan(settings), clientId: name }, topicId)
    await acceptCassandraEpoch(storePlan(settings, epoch))
    process.stdout.write(`epoch ${epoch.number} of the log begins: start the services\n`)
    return 0
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

const {
  REDIS_URL: _redis,
  ZOOKEEPER_CONNECT: _zookeeper,
  MYSQL_URL: _mysql,
  ...logAndStoreVariables
} = engineVariables
