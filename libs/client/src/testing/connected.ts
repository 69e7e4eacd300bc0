import type { RookeryClient } from '../client.ts'
import type { ClientEvents } from '../client-events.ts'
import type { RookeryClientOptions } from '../options.ts'
import { strictChecks } from '../strict.ts'

/** Short waits, so that a test of many reconnects is quick. */
export const quick: Pick<
  RookeryClientOptions,
  'checks' | 'backoff' | 'answerTimeoutMs' | 'readyTimeoutMs'
> = {
  checks: strictChecks,
  backoff: { minMs: 1, maxMs: 5 },
  answerTimeoutMs: 150,
  readyTimeoutMs: 1000,
}

/** Resolves with the next payload of an event for which `matches` holds. */
export function next<Name extends keyof ClientEvents>(
  client: RookeryClient,
  name: Name,
  matches: (payload: ClientEvents[Name]) => boolean = () => true,
): Promise<ClientEvents[Name]> {
  return new Promise((resolve) => {
    const off = client.on(name, (payload) => {
      if (!matches(payload)) return
      off()
      resolve(payload)
    })
  })
}

/** Collects the seq of every event that the client delivers, in the order of delivery. */
export function recordSeqs(client: RookeryClient): number[] {
  const seqs: number[] = []
  client.on('event', ({ seq }) => seqs.push(seq))
  return seqs
}
