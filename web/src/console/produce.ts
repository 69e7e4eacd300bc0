import { RookeryError } from '@rookery/client'
import type { Session } from '../app/session.ts'

/** Made once per start of the page: it numbers what this page sends. */
const producerSession = `console-${crypto.getRandomValues(new Uint32Array(3)).join('-')}`
let nextClientSeq = 1

/** After a lost answer; a refusal names its own time. */
const retryMs = 1_000
const leastWaitMs = 100

export interface Waiting {
  /** Ends the waits. Then it is not known whether the message was stored. */
  readonly signal: AbortSignal
  /** Called before each wait. */
  readonly onWait: (waitMs: number) => void
}

/**
 * Stores one message. After a refusal that names a time, and after a lost answer, the same message
 * is sent again under the same number until the server answers, so it is stored once.
 */
export async function produce(
  session: Session,
  channelId: string,
  content: string,
  { signal, onWait }: Waiting,
): Promise<{ seq: number }> {
  const clientSeq = nextClientSeq++
  for (;;) {
    try {
      return await session.rest('produceMessage', {
        params: { channelId },
        body: { content, session: producerSession, clientSeq },
      })
    } catch (error) {
      if (!(error instanceof RookeryError) || !error.retryable || signal.aborted) throw error
      const waitMs = Math.max(leastWaitMs, error.retryAfterMs ?? retryMs)
      onWait(waitMs)
      await rest(waitMs, signal)
      if (signal.aborted) throw error
    }
  }
}

/** Resolves after this time, or when the signal comes. */
export function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
