import { setTimeout as delay } from 'node:timers/promises'

const withinMs = 8_000

/** Repeats a check until it passes. Rejects with its failure after 8 s. */
export async function eventually(check: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + withinMs
  for (;;) {
    try {
      await check()
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
      await delay(100)
    }
  }
}
