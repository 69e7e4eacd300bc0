import type { Producer } from 'kafkajs'
import { randomUUID } from 'node:crypto'
import { LogError, type LogEpoch } from '../message-log.ts'
import { asking } from './kafka-errors.ts'
import type { RecordReader } from './record-reader.ts'

/** What the log was made with. */
export interface Install {
  epoch: LogEpoch
  partitionCount: number
  /** Of the log's topic. */
  topicId: string
}

/**
 * The install is the first record of a topic of its own with one partition, so of several who find none and write one, all take the same. It
 * is kept outside the log's topic so that it survives it: a topic that was deleted and made anew has another id than the one noted here.
 *
 * @throws LogError `unavailable`
 */
export async function readInstall(
  reader: RecordReader,
  producer: Producer,
  topic: string,
  found: { partitionCount: number; topicId: string },
): Promise<Install> {
  const known = await firstInstall(reader)
  if (known !== null) return known
  const install: Install = { epoch: { installId: randomUUID(), number: 1 }, ...found }
  const stored = await asking('noting what the log was made with', async () => {
    await producer.send({ topic, acks: -1, messages: [{ value: JSON.stringify(install) }] })
    return firstInstall(reader)
  })
  return stored ?? install
}

async function firstInstall(reader: RecordReader): Promise<Install | null> {
  const [first] = await reader.read(0, 0, 1)
  if (first === undefined) return null
  return JSON.parse(new TextDecoder().decode(first.value)) as Install
}

/** @throws LogError `mismatch` */
export function mustMatch(
  install: Install,
  topics: { log: string; install: string },
  found: { partitionCount: number; topicId: string; wantedPartitionCount: number | undefined },
): void {
  const { partitionCount, topicId } = install
  if (found.topicId !== topicId) {
    throw new LogError(
      'mismatch',
      `the topic ${topics.log} is not the one that this installation was made with: it was deleted and made anew (topic id ${found.topicId}, was ${topicId}). ` +
        `Restore it; or, to begin with an empty platform, delete the topics ${topics.log} and ${topics.install} and the message store's keyspace`,
    )
  }
  for (const count of [found.partitionCount, found.wantedPartitionCount ?? partitionCount]) {
    if (count === partitionCount) continue
    throw new LogError(
      'mismatch',
      `the log was made with ${partitionCount} partitions and cannot be used with ${count}: channels would move between partitions. ` +
        (count === found.partitionCount
          ? `Partitions were added to the topic ${topics.log}, and Kafka cannot remove them: restore it`
          : `Configure ${partitionCount}`),
    )
  }
}
