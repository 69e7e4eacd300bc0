import { type Admin, AssignerProtocol, type Kafka } from 'kafkajs'
import type { LogTopology } from '../message-log.ts'
import { clientOf } from './group-members.ts'
import { asking } from './kafka-errors.ts'
import { withAdmin } from './topics.ts'

/** @throws LogError `unavailable` */
export async function readTopology(
  kafka: Kafka,
  topic: string,
  groupPrefix: string,
): Promise<LogTopology> {
  return asking('reading the topology', () =>
    withAdmin(kafka, async (admin) => {
      const cluster = await admin.describeCluster()
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      const offsets = await admin.fetchTopicOffsets(topic)
      const ends = new Map(offsets.map(({ partition, high }) => [partition, Number(high)]))
      const starts = new Map(offsets.map(({ partition, low }) => [partition, Number(low)]))
      return {
        brokers: cluster.brokers.map(({ nodeId, host, port }) => ({
          id: String(nodeId),
          host: `${host}:${port}`,
          controller: nodeId === cluster.controller,
        })),
        partitions: (topics[0]?.partitions ?? [])
          .map(({ partitionId, leader, isr }) => ({
            partition: partitionId,
            leader: String(leader),
            inSync: isr.map(String),
            end: ends.get(partitionId) ?? 0,
          }))
          .sort((a, b) => a.partition - b.partition),
        groups: await readGroups(admin, topic, groupPrefix, starts, ends),
      }
    }),
  )
}

async function readGroups(
  admin: Admin,
  topic: string,
  prefix: string,
  starts: ReadonlyMap<number, number>,
  ends: ReadonlyMap<number, number>,
): Promise<LogTopology['groups']> {
  const { groups } = await admin.listGroups()
  const ours = groups.map(({ groupId }) => groupId).filter((groupId) => groupId.startsWith(prefix))
  if (ours.length === 0) return []
  const { groups: described } = await admin.describeGroups(ours)
  // Commits are read after the ends, so they may be higher than the ends.
  const lagOf = (partition: number, committed: number): number =>
    Math.max(0, (ends.get(partition) ?? 0) - Math.max(committed, starts.get(partition) ?? 0))
  const rows = described.map(async ({ groupId, members }) => {
    const holders = new Map<number, string>()
    for (const { clientId, memberAssignment } of members) {
      const assignment = AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment
      for (const partition of assignment?.[topic] ?? []) holders.set(partition, clientOf(clientId))
    }
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
    return (committed?.partitions ?? []).map(({ partition, offset }) => ({
      group: groupId.slice(prefix.length),
      partition,
      consumer: holders.get(partition) ?? '',
      lag: lagOf(partition, Number(offset)),
    }))
  })
  const all = (await Promise.all(rows)).flat()
  return all.sort((a, b) => a.group.localeCompare(b.group) || a.partition - b.partition)
}
