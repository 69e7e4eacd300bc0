// A script over this many keys keeps Redis busy for a millisecond or two.
export const maxPerStep = 1_000

/**
 * Runs `step` for all items, some at a time and pipelined, and returns all answers together.
 * Without items it asks nothing.
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
 * Runs the steps one after another and smaller, for thousands of items: other clients' steps run in
 * between, and none waits long.
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
