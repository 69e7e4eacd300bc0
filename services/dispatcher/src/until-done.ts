import type { Turn } from '@rookery/log'
import { isRetryable } from '@rookery/service-kit'

export type Pause = (ms: number) => Promise<unknown>

/**
 * The partition went to another dispatcher while the turn was waiting. The rows written so far do
 * no harm, because the other dispatcher writes the same.
 */
export class TurnLost extends Error {
  override readonly name = 'TurnLost'
  readonly code = 'turn_lost'
}

const firstDelayMs = 20
const maxDelayMs = 1000

/**
 * Repeats `work` while it fails with a retryable error. Keeps the partition meanwhile.
 *
 * @throws TurnLost if the partition was lost
 */
export async function untilDone<T>(turn: Turn, pause: Pause, work: () => Promise<T>): Promise<T> {
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
    if (turn.signal.aborted) throw new TurnLost('the partition was lost')
    try {
      return await work()
    } catch (error) {
      if (!isRetryable(error)) throw error
    }
    await pause(delayMs)
    try {
      await turn.keepAlive()
    } catch (error) {
      throw new TurnLost('the consumer group no longer counts this process', { cause: error })
    }
  }
}
