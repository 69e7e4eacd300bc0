import { setTimeout as delay } from 'node:timers/promises'

const lookEveryMs = 20

/** Resolves with the milliseconds it took to come true; null when it did not within `withinMs`. */
export async function until(test: () => boolean, withinMs: number): Promise<number | null> {
  const from = performance.now()
  for (;;) {
    const waited = performance.now() - from
    if (test()) return waited
    if (waited > withinMs) return null
    await delay(lookEveryMs)
  }
}
