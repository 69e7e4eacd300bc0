import type { Producer } from 'kafkajs'
import { randomUUID } from 'node:crypto'
import { LogError, type LogEpoch } from '../message-log.ts'
import { asking } from './kafka-errors.ts'
import type { RecordReader } from './record-reader.ts'

/** The settings that the log was created with. */
export interface Install {
  epoch: LogEpoch
  partitionCount: number
  /** The id of the log's topic. */
  topicId: string
}

const maxRecords = 1_000

/**
 * Reads the install, or writes it if there is none. It is the first record of a topic with one
 * partition: if several processes write one at the same time, all of them read the same first one.
 * A record that accepts a new log as the next epoch replaces it. If there are several such records
 * of one epoch, the first one counts. The install's topic survives the loss of the log's topic: a
 * log topic that was deleted and recreated has another id than the one that is noted here.
 *
 * @throws LogError `unavailable`
 */
export async function readInstall(
  reader: RecordReader,
  producer: Producer,
  topic: string,
  found: { partitionCount: number; topicId: string },
): Promise<Install> {
  const known = await installIn(reader)
  if (known !== null) return known
  const install: Install = { epoch: { installId: randomUUID(), number: 1 }, ...found }
  await noteInstall(producer, topic, install)
  return (await asking('reading the install of the log', () => installIn(reader))) ?? install
}

/** @throws LogError `unavailable` */
export async function noteInstall(
  producer: Producer,
  topic: string,
  install: Install,
): Promise<void> {
  await asking('writing the install of the log', () =>
    producer.send({ topic, acks: -1, messages: [{ value: JSON.stringify(install) }] }),
  )
}

async function installIn(reader: RecordReader): Promise<Install | null> {
  const records = await reader.read(0, 0, maxRecords)
  let install: Install | null = null
  for (const { value } of records) {
    const next = JSON.parse(new TextDecoder().decode(value)) as Install
    if (install === null || isNextEpoch(install.epoch, next.epoch)) install = next
  }
  return install
}

function isNextEpoch(now: LogEpoch, next: LogEpoch): boolean {
  return next.installId === now.installId && next.number === now.number + 1
}

/** @throws LogError `mismatch` */
export function mustMatch(
  install: Install,
  topics: { log: string; install: string },
  found: { partitionCount: number; topicId: string; wantedPartitionCount: number | undefined },
): void {
  const { epoch, partitionCount, topicId } = install
  if (found.topicId !== topicId) {
    throw new LogError(
      'mismatch',
      `the topic ${topics.log} is not the one of this installation: it was deleted and recreated (topic id ${found.topicId}, was ${topicId}). ` +
        `Restore it. Or, to continue with the new one as epoch ${epoch.number + 1}, stop all services and run accept-new-log with --topic-id ${found.topicId} ` +
        `(see docs/operations.md); or, to begin with an empty platform, delete the topics ${topics.log} and ${topics.install} and the message store's keyspace`,
    )
  }
  for (const count of [found.partitionCount, found.wantedPartitionCount ?? partitionCount]) {
    if (count === partitionCount) continue
    throw new LogError(
      'mismatch',
      `the log was created with ${partitionCount} partitions and cannot be used with ${count}: channels would move between partitions. ` +
        (count === found.partitionCount
          ? `Partitions were added to the topic ${topics.log}, and Kafka cannot remove them: restore it`
          : `Configure ${partitionCount}`),
    )
  }
}
