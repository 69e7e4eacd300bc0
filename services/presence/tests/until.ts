import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again and again until it holds. For what nobody is told of; the test's time-out ends it. */
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
