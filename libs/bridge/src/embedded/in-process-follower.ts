import type { InboxFollower, InboxRecord } from '../bridge.ts'
import { Reconciler } from '@rookery/service-kit'
import type { World } from './world.ts'

const retryMs = 1_000

interface Followed {
  /** Null: the inbox was not found yet. */
  incarnation: string | null
  next: number
  trigger: Reconciler
}

export class InProcessFollower implements InboxFollower {
  readonly #world: World
  readonly #onRecord: (record: InboxRecord) => Promise<void>
  readonly #followed = new Map<string, Followed>()
  readonly #stop: () => void

  constructor(world: World, onRecord: (record: InboxRecord) => Promise<void>) {
    this.#world = world
    this.#onRecord = onRecord
    this.#stop = world.onChange(() => {
      for (const { trigger } of this.#followed.values()) trigger.poke()
    })
  }

  setInboxes(inboxes: ReadonlySet<string>): void {
    for (const [inbox, { trigger }] of this.#followed) {
      if (inboxes.has(inbox)) continue
      this.#followed.delete(inbox)
      void trigger.close()
    }
    for (const inbox of inboxes) if (!this.#followed.has(inbox)) this.#add(inbox)
  }

  async close(): Promise<void> {
    this.#stop()
    const triggers = [...this.#followed.values()].map(({ trigger }) => trigger)
    this.#followed.clear()
    await Promise.all(triggers.map((trigger) => trigger.close()))
  }

  #add(inbox: string): void {
    const followed: Followed = {
      incarnation: null,
      next: 0,
      trigger: new Reconciler(() => this.#handOver(inbox, followed), {
        everyMs: retryMs,
        onError: () => undefined,
      }),
    }
    this.#followed.set(inbox, followed)
    followed.trigger.poke()
  }

  async #handOver(inbox: string, followed: Followed): Promise<void> {
    for (;;) {
      const found = this.#world.inboxes.get(inbox)
      if (found === undefined || this.#followed.get(inbox) !== followed) return
      const { incarnation } = found
      if (followed.incarnation !== incarnation) {
        followed.incarnation = incarnation
        followed.next = this.#begin(inbox, incarnation)
      }
      const offset = followed.next
      const record = found.records[offset]
      if (record === undefined) return
      const { sender, text } = record
      await this.#onRecord({ inbox, incarnation, offset, sender, text })
      followed.next = offset + 1
    }
  }

  #begin(inbox: string, incarnation: string): number {
    const { choices } = this.#world
    const choice = choices.get(inbox)
    if (choice?.incarnation === incarnation) return Math.max(0, choice.offset)
    choices.set(inbox, { incarnation, offset: -1, sender: '' })
    return 0
  }
}
