import { setTimeout as sleep } from 'node:timers/promises'
import type { InboxRecord, OutgoingRecord } from '../bridge.ts'
import { BridgeError } from '../bridge-error.ts'
import { type InboxCluster, kafkaErrorType, NoLeader } from './inbox-cluster.ts'
import { asking, deadLetterTopic } from './inbox-topics.ts'

/**
 * The message that a record is a copy of, as `<epoch>,<channel>,<seq>`. Readers can drop repeats by
 * it.
 */
const originHeader = 'rookery-origin'
export const requestTimeoutMs = 3_000
const tailLength = 1_000
const maxDeadLetterBytes = 64 * 1024
/** Errors with which the broker says that it has stored nothing. */
const refusals: ReadonlySet<string | null> = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_ENOUGH_REPLICAS',
  'MESSAGE_TOO_LARGE',
  'TOPIC_AUTHORIZATION_FAILED',
])

export class InboxWriter {
  readonly #cluster: InboxCluster

  constructor(cluster: InboxCluster) {
    this.#cluster = cluster
  }

  async write(inbox: string, { sender, text, origin }: OutgoingRecord): Promise<void> {
    const { epoch, channelId, seq } = origin
    await this.#produce(inbox, {
      key: sender,
      value: Buffer.from(text),
      headers: { [originHeader]: `${epoch},${channelId},${seq}` },
    })
  }

  async lastWritten(
    inbox: string,
    sinceMs: number,
  ): Promise<ReadonlyMap<string, { epoch: number; seq: number }>> {
    return asking(`the end of the inbox ${inbox}`, async () => {
      await sleep(Math.max(0, sinceMs + requestTimeoutMs - performance.now()))
      this.#cluster.forgetLeaders()
      const last = new Map<string, { epoch: number; seq: number }>()
      const bounds = (await this.#cluster.bounds([inbox])).get(inbox)
      if (bounds === undefined) throw new NoLeader(inbox)
      let next = Math.max(bounds.start, bounds.end - tailLength)
      while (next < bounds.end) {
        const messages = (await this.#cluster.fetch(new Map([[inbox, next]]))).get(inbox)
        // The rest has only entries that no reader sees, such as marks of transactions.
        if (messages === undefined) break
        for (const { headers, offset } of messages) {
          const origin = parseOrigin(headers?.[originHeader])
          if (origin !== null && isLater(origin, last.get(origin.channelId)))
            last.set(origin.channelId, { epoch: origin.epoch, seq: origin.seq })
          next = Number(offset) + 1
        }
      }
      return last
    })
  }

  async deadLetter({ inbox, offset, sender, text }: InboxRecord, reason: string): Promise<void> {
    await this.#produce(deadLetterTopic, {
      key: inbox,
      value: Buffer.from(text?.subarray(0, maxDeadLetterBytes) ?? []),
      headers: { offset: String(offset), reason, ...(sender === null ? {} : { sender }) },
    })
  }

  async #produce(
    topic: string,
    message: { key: string; value: Buffer; headers: Record<string, string> },
  ): Promise<void> {
    try {
      const stamped = { ...message, timestamp: Date.now() }
      await this.#cluster.produce(topic, stamped, requestTimeoutMs)
    } catch (cause) {
      this.#cluster.forgetLeaders()
      const refused = cause instanceof NoLeader || refusals.has(kafkaErrorType(cause))
      throw new BridgeError(
        refused ? 'unavailable' : 'unknown',
        refused
          ? `the topic ${topic} did not take the record`
          : `the topic ${topic} may or may not have taken the record`,
        { cause },
      )
    }
  }
}

function parseOrigin(
  header: Buffer | undefined,
): { epoch: number; channelId: string; seq: number } | null {
  const [epoch, channelId, seq] = header?.toString().split(',') ?? []
  if (channelId === undefined || !Number.isSafeInteger(Number(epoch))) return null
  return Number.isSafeInteger(Number(seq))
    ? { epoch: Number(epoch), channelId, seq: Number(seq) }
    : null
}

function isLater(
  a: { epoch: number; seq: number },
  b: { epoch: number; seq: number } | undefined,
): boolean {
  return b === undefined || a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq)
}
