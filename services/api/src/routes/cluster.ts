import { dispatcherGroup, presenceElection } from '@rookery/domain'
import type { LogTopology } from '@rookery/log'
import { checkReadiness, withTimeout } from '@rookery/service-kit'
import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'

const askMs = 3_000
const unknownTopology: LogTopology = { brokers: [], partitions: [], groups: [] }

/** Answers also while dependencies are away, because operators look then. */
export function addCluster(context: ApiContext): void {
  const { chatServers, coordination, log, logger, readiness } = context
  const orElse = <T>(work: Promise<T>, what: string, unknown: T): Promise<T> =>
    withTimeout(work, askMs, what).catch((error: unknown) => {
      logger.warn(
        { err: error, what },
        'a part of the cluster did not answer: the answer of GET /cluster lacks it',
      )
      return unknown
    })
  addRoute(context, 'cluster', async () => {
    const [topology, presenceLeader, { dependencies }] = await Promise.all([
      orElse(log.topology(), 'the log', unknownTopology),
      orElse(coordination.leaderOf(presenceElection), 'coordination', null),
      checkReadiness(readiness, askMs),
    ])
    const dispatchers = new Map(
      topology.groups
        .filter(({ group }) => group === dispatcherGroup)
        .map((assignment) => [assignment.partition, assignment]),
    )
    return {
      chatServers: chatServers.members(),
      brokers: topology.brokers,
      partitions: topology.partitions.map(({ partition, leader, inSync }) => ({
        partition,
        leader,
        inSync,
        dispatcher: dispatchers.get(partition)?.consumer ?? null,
        lag: dispatchers.get(partition)?.lag ?? null,
      })),
      presenceLeader,
      dependencies,
    }
  })
}
