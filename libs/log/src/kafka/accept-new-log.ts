import type { Kafka } from 'kafkajs'
import { type LogEpoch, LogError } from '../message-log.ts'
import { connectTopics, defaultPrefix, type LogPlan } from './connect.ts'
import { clientOf } from './group-members.ts'
import { noteInstall, readInstall } from './install.ts'
import { asking } from './kafka-errors.ts'
import { RecordReader } from './record-reader.ts'
import { withAdmin } from './topics.ts'

/**
 * Accepts the log's topic as it is now, with the given id, as this installation's log, and begins
 * the next epoch. It is needed when the topic was lost: records that were not folded yet are gone
 * with it. All services must be stopped. Running consumers are noticed, other running processes are
 * not. Calling it again changes nothing.
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
        `the topic ${topics.log} has the id ${connected.topicId}, not ${topicId}`,
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
  const clients = await asking('the consumers of the log', () =>
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
