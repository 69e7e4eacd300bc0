import type { PartitionHandler } from '../message-log.ts'
import { PartitionConsumer, type RecordSource } from './partition-consumer.ts'

export interface GroupMember {
  readonly id: string
  readonly handler: PartitionHandler
  readonly halted: Map<number, unknown>
}

/** The consumers of one group, and the partitions that each of them holds. */
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

  /** Resolves when the member's handler has ended `revoked` of each of its partitions. */
  async leave(member: GroupMember): Promise<void> {
    this.#members.delete(member.id)
    this.#reassign()
    await Promise.all(this.#slots.map((slot) => slot.handOver))
  }

  /** The consumer that holds the partition; null while none does. */
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
   * Gives the partition to the member that it belongs to now. The group may have changed while the
   * last hand-over ran, so this is not always the member that began the hand-over.
   */
  async #handOver(partition: number, slot: Slot): Promise<void> {
    if (slot.holder === this.#rightfulHolder(partition)) return
    await slot.consumer?.revoke()
    const member = this.#rightfulHolder(partition)
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

  #rightfulHolder(partition: number): GroupMember | null {
    const ids = [...this.#members.keys()].sort()
    return this.#members.get(ids[partition % ids.length] ?? '') ?? null
  }
}

interface Slot {
  holder: GroupMember | null
  consumer: PartitionConsumer | null
  /** The hand-overs of one partition run one after another. */
  handOver: Promise<void>
}
