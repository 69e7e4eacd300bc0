import type { Kafka } from 'kafkajs'
import type { InboxFollower } from '../bridge.ts'
import { InboxCluster } from './inbox-cluster.ts'
import { InboxLane, type LaneListeners } from './inbox-lane.ts'

/**
 * The most inboxes of one lane, and so of one fetch. A broker handles the requests of a connection
 * one after another.
 */
const maxPerLane = 500

/** Spreads inboxes over lanes. An inbox stays in its lane when others come or go. */
export class InboxReader implements InboxFollower {
  readonly #kafka: Kafka
  readonly #listeners: LaneListeners
  #lanes: InboxLane[] = []

  constructor(kafka: Kafka, listeners: LaneListeners) {
    this.#kafka = kafka
    this.#listeners = listeners
  }

  setInboxes(inboxes: ReadonlySet<string>): void {
    for (const lane of this.#lanes)
      for (const inbox of lane.inboxes()) if (!inboxes.has(inbox)) lane.remove(inbox)
    const followed = new Set(this.#lanes.flatMap((lane) => lane.inboxes()))
    for (const inbox of inboxes) if (!followed.has(inbox)) this.#laneWithRoom().add(inbox)
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close()))
    this.#lanes = []
  }

  #laneWithRoom(): InboxLane {
    const lane = this.#lanes.find(({ size }) => size < maxPerLane)
    if (lane !== undefined) return lane
    const added = new InboxLane(() => new InboxCluster(this.#kafka), this.#listeners)
    this.#lanes.push(added)
    return added
  }
}
