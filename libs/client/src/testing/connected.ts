import type { RookeryClient } from '../client.ts'
import type { ClientEvents } from '../client-events.ts'

/** Short waits, so that a test of many reconnects is quick. */
export const quick = {
  backoff: { minMs: 1, maxMs: 5 },
  answerTimeoutMs: 150,
  readyTimeoutMs: 1000,
} as const

/** Resolves with the next payload of an event for which `wanted` holds. */
export function next<Name extends keyof ClientEvents>(
  client: RookeryClient,
  name: Name,
  wanted: (payload: ClientEvents[Name]) => boolean = () => true,
): Promise<ClientEvents[Name]> {
  return new Promise((resolve) => {
    const off = client.on(name, (payload) => {
      if (!wanted(payload)) return
      off()
      resolve(payload)
    })
  })
}

/** The seqs that the client delivered of each channel, in the order of delivery. */
export function recordSeqs(client: RookeryClient): number[] {
  const seqs: number[] = []
  client.on('event', ({ seq }) => seqs.push(seq))
  return seqs
}
