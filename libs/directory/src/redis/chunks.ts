// A script over so many keys keeps Redis busy for a millisecond or two.
export const maxPerStep = 1_000

/**
 * Does `step` for all, some at a time and pipelined; answers everything together. Nothing is asked
 * where there is nothing.
 */
export async function inChunks<Item, Answer>(
  items: readonly Item[],
  step: (some: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const steps: Promise<readonly Answer[]>[] = []
  for (let i = 0; i < items.length; i += maxPerStep)
    steps.push(step(items.slice(i, i + maxPerStep)))
  return (await Promise.all(steps)).flat()
}

const maxPerTurn = 250

/**
 * The same one after another in smaller steps, for what comes in thousands: others' steps get their
 * turn in between, and none waits long.
 */
export async function inSequence<Item, Answer>(
  items: readonly Item[],
  step: (some: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let i = 0; i < items.length; i += maxPerTurn)
    answers.push(...(await step(items.slice(i, i + maxPerTurn))))
  return answers
}
