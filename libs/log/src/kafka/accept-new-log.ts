import type { Kafka } from 'kafkajs'
import { type LogEpoch, LogError } from '../message-log.ts'
import { connectTopics, defaultPrefix, type LogPlan } from './connect.ts'
import { clientOf } from './group-members.ts'
import { noteInstall, readInstall } from './install.ts'
import { asking } from './kafka-errors.ts'
import { RecordReader } from './record-reader.ts'
import { withAdmin } from './topics.ts'

/**
 * Accepts the topic that has the given id as this installation's log, and begins the next epoch.
 * Operators need it after the old topic was lost, together with its records that were not folded
 * yet. All services must be stopped: it refuses while a consumer runs, but does not notice other
 * running processes. A repeated call changes nothing.
 *
 * @returns the new epoch
 * @throws LogError `mismatch`: the topic has another id or partition count, or a consumer still
 *   reads it; `unavailable`
 */
export async function acceptNewLog(plan: LogPlan, topicId: string): Promise<LogEpoch> {
  const connected = await connectTopics(plan)
  const { cluster, producer, topics, partitionCount } = connected
  try {
    if (connected.topicId !== topicId)
      throw new LogError(
        'mismatch',
        `the topic ${topics.log} has the id ${connected.topicId}, not ${topicId}: give the id of the topic that is to be accepted`,
      )
    const reader = new RecordReader(cluster, topics.install)
    const found = { partitionCount, topicId }
    const install = await readInstall(reader, producer, topics.install, found)
    if (install.topicId === topicId) return install.epoch
    if (install.partitionCount !== partitionCount)
      throw new LogError(
        'mismatch',
        `the new topic ${topics.log} has ${partitionCount} partitions, the old one had ${install.partitionCount}: create it again with ${install.partitionCount}`,
      )
    await mustBeIdle(connected.kafka, plan.prefix ?? defaultPrefix)
    const { installId, number } = install.epoch
    const next = { epoch: { installId, number: number + 1 }, partitionCount, topicId }
    await noteInstall(producer, topics.install, next)
    const noted = await readInstall(reader, producer, topics.install, found)
    if (noted.topicId !== topicId)
      throw new LogError('mismatch', `another run has accepted the topic ${noted.topicId}`)
    return noted.epoch
  } finally {
    await connected.disconnect()
  }
}

async function mustBeIdle(kafka: Kafka, prefix: string): Promise<void> {
  const clients = await asking('listing the consumers of the log', () =>
    withAdmin(kafka, async (admin) => {
      const { groups } = await admin.listGroups()
      const ours = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(prefix))
      if (ours.length === 0) return []
      const { groups: described } = await admin.describeGroups(ours)
      return described.flatMap(({ members }) => members.map(({ clientId }) => clientOf(clientId)))
    }),
  )
  if (clients.length > 0)
    throw new LogError('mismatch', `still running: ${clients.join(', ')}. Stop all services first`)
}
