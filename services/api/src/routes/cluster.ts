import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'

/** The names under which dispatchers consume the log and presence processes elect their leader. */
const DISPATCHER_GROUP = '_rookery-dispatchers'
const PRESENCE_ELECTION = 'presence'

export function addCluster(context: ApiContext): void {
  const { chatServers, coordination, log } = context
  addRoute(context, 'cluster', async () => {
    const [topology, presenceLeader] = await Promise.all([
      log.topology(),
      coordination.leaderOf(PRESENCE_ELECTION),
    ])
    const dispatchers = new Map(
      topology.groups
        .filter(({ group }) => group === DISPATCHER_GROUP)
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
    }
  })
}
