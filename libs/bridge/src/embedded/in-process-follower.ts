import type { InboxFollower, InboxRecord } from '../bridge.ts'
import { LevelTrigger } from '../level-trigger.ts'
import type { World } from './world.ts'

const retryMs = 1_000

interface Followed {
  next: number
  trigger: LevelTrigger
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

  setInboxes(starts: ReadonlyMap<string, number>): void {
    for (const [inbox, { trigger }] of this.#followed) {
      if (starts.has(inbox)) continue
      this.#followed.delete(inbox)
      void trigger.close()
    }
    for (const [inbox, start] of starts) if (!this.#followed.has(inbox)) this.#add(inbox, start)
  }

  async close(): Promise<void> {
    this.#stop()
    const triggers = [...this.#followed.values()].map(({ trigger }) => trigger)
    this.#followed.clear()
    await Promise.all(triggers.map((trigger) => trigger.close()))
  }

  #add(inbox: string, start: number): void {
    const end = this.#world.inboxes.get(inbox)?.records.length ?? 0
    const followed: Followed = {
      next: start > end ? 0 : start,
      trigger: new LevelTrigger(() => this.#handOver(inbox, followed), {
        everyMs: retryMs,
        onError: () => undefined,
      }),
    }
    this.#followed.set(inbox, followed)
    followed.trigger.poke()
  }

  async #handOver(inbox: string, followed: Followed): Promise<void> {
    for (;;) {
      const record = this.#world.inboxes.get(inbox)?.records[followed.next]
      if (record === undefined || this.#followed.get(inbox) !== followed) return
      const { sender, text } = record
      await this.#onRecord({ inbox, offset: followed.next, sender, text })
      followed.next += 1
    }
  }
}
