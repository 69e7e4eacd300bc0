import { setTimeout as sleep } from 'node:timers/promises'

/** Asks every 10 ms until the value holds. Without a limit: the time-out of the test ends it. */
export async function until<T>(
  ask: () => Promise<T> | T,
  holds: (value: T) => boolean,
): Promise<T> {
  for (;;) {
    const value = await ask()
    if (holds(value)) return value
    await sleep(10)
  }
}
