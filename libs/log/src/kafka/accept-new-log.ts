import type { Kafka } from 'kafkajs'
import { type LogEpoch, LogError } from '../message-log.ts'
import { connectTopics, defaultPrefix, type LogPlan } from './connect.ts'
import { clientOf } from './group-members.ts'
import { noteInstall, readInstall } from './install.ts'
import { asking } from './kafka-errors.ts'
import { RecordReader } from './record-reader.ts'
import { withAdmin } from './topics.ts'

/**
 * Makes the log's topic as it is now, with the id given, this installation's log from here on, as
 * the epoch after the last. For when the topic was lost: what had not been folded from the old one
 * is gone. No service may run; consumers that do are noticed, others are not. Doing it again
 * changes nothing.
 *
 * @returns the epoch from here on
 * @throws LogError `mismatch`: the topic has another id or partition count, or somebody still
 * consumes it; `unavailable`
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
        `the new topic ${topics.log} has ${partitionCount} partitions, the old one had ${install.partitionCount}: make it anew with as many`,
      )
    await mustBeIdle(connected.kafka, plan.prefix ?? defaultPrefix)
    const { installId, number } = install.epoch
    const next = { epoch: { installId, number: number + 1 }, partitionCount, topicId }
    await noteInstall(producer, topics.install, next)
    const noted = await readInstall(reader, producer, topics.install, found)
    if (noted.topicId !== topicId)
      throw new LogError('mismatch', `somebody else has accepted the topic ${noted.topicId}`)
    return noted.epoch
  } finally {
    await connected.disconnect()
  }
}

async function mustBeIdle(kafka: Kafka, prefix: string): Promise<void> {
  const clients = await asking('who consumes the log', () =>
    withAdmin(kafka, async (admin) => {
      const { groups } = await admin.listGroups()
      const ours = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(prefix))
      if (ours.length === 0) return []
      const { groups: described } = await admin.describeGroups(ours)
      return described.flatMap(({ members }) => members.map(({ clientId }) => clientOf(clientId)))
    }),
  )
  if (clients.length > 0)
    throw new LogError('mismatch', `${clients.join(', ')} still runs: stop all services first`)
}
