import { setTimeout as delay } from 'node:timers/promises'

const testEveryMs = 20

/** Resolves with the ms until the test was true; null if it was not within `withinMs`. */
export async function until(test: () => boolean, withinMs: number): Promise<number | null> {
  const from = performance.now()
  for (;;) {
    const waited = performance.now() - from
    if (test()) return waited
    if (waited > withinMs) return null
    await delay(testEveryMs)
  }
}
