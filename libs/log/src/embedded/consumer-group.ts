import type { PartitionHandler } from '../message-log.ts'
import { PartitionConsumer, type RecordSource } from './partition-consumer.ts'

export interface GroupMember {
  readonly id: string
  readonly handler: PartitionHandler
  readonly halted: Map<number, unknown>
}

/** The consumers of one group, and which of them holds which partition. */
export class ConsumerGroup {
  readonly #source: RecordSource
  readonly #slots: Slot[]
  readonly #members = new Map<string, GroupMember>()
  #generation = 0

  constructor(partitionCount: number, source: RecordSource) {
    this.#source = source
    this.#slots = Array.from({ length: partitionCount }, () => ({
      holder: null,
      consumer: null,
      handOver: Promise.resolve(),
    }))
  }

  join(member: GroupMember): void {
    this.#members.set(member.id, member)
    this.#reassign()
  }

  /** Resolves when the member was told that each of its partitions is revoked. */
  async leave(member: GroupMember): Promise<void> {
    this.#members.delete(member.id)
    this.#reassign()
    await Promise.all(this.#slots.map((slot) => slot.handOver))
  }

  /** Who holds the partition; null while nobody does. */
  holder(partition: number): string | null {
    return this.#slots[partition]?.holder?.id ?? null
  }

  #reassign(): void {
    this.#generation += 1
    for (const [partition, slot] of this.#slots.entries()) {
      slot.handOver = slot.handOver.then(() => this.#handOver(partition, slot))
    }
  }

  /**
   * Whoever shall hold the partition now: further changes may have come while this waited for the
   * last hand-over.
   */
  async #handOver(partition: number, slot: Slot): Promise<void> {
    if (slot.holder === this.#rightful(partition)) return
    await slot.consumer?.revoke()
    const member = this.#rightful(partition)
    slot.holder = member
    slot.consumer =
      member === null
        ? null
        : new PartitionConsumer({
            partition,
            handler: member.handler,
            source: this.#source,
            generation: () => this.#generation,
            halted: member.halted,
          })
  }

  #rightful(partition: number): GroupMember | null {
    const ids = [...this.#members.keys()].sort()
    return this.#members.get(ids[partition % ids.length] ?? '') ?? null
  }
}

interface Slot {
  holder: GroupMember | null
  consumer: PartitionConsumer | null
  /** Hand-overs of a partition run one after another. */
  handOver: Promise<void>
}
