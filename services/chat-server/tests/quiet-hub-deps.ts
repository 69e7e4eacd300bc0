import type { ChannelHubDeps } from '../src/channels/channel-hub.ts'
import type { Counter } from '../src/counters.ts'

/** A counter whose value a test can read. */
export class Count implements Counter {
  value = 0
  inc(by = 1): void {
    this.value += by
  }
}

/** What a hub needs of the server, all without effect. */
export const quietHubDeps: ChannelHubDeps = {
  submitter: { settle: () => [] },
  store: { events: async () => [], channel: async () => null },
  routing: { correctHead: async () => undefined },
  log: { epoch: { installId: 'i', number: 1 } },
  logger: { warn: () => undefined },
  counters: { deliveries: new Count(), repairs: new Count() },
  joined: () => undefined,
}

/** Lets all work run that waits only for the event loop. Frames that it sends are written. */
export async function tick(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
