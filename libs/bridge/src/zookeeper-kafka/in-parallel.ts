const atOnce = 100

/**
 * Runs `work` for every item, at most 100 of them at the same time. The bound keeps the answer to
 * each operation within its time-out.
 */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < items.length; from += atOnce)
    await Promise.all(items.slice(from, from + atOnce).map(work))
}
