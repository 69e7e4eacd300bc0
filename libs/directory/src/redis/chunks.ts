// A script over this many keys keeps Redis busy for a millisecond or two.
export const maxPerStep = 1_000

/**
 * Runs `step` for all items in chunks, which are sent without waiting for each other's answers.
 * Returns the answers in the order of the items. Without items it runs no step.
 */
export async function inChunks<Item, Answer>(
  items: readonly Item[],
  step: (chunk: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const steps: Promise<readonly Answer[]>[] = []
  for (let i = 0; i < items.length; i += maxPerStep)
    steps.push(step(items.slice(i, i + maxPerStep)))
  return (await Promise.all(steps)).flat()
}

const maxPerSequentialStep = 250

/**
 * Like `inChunks`, but with smaller chunks, one after another. For thousands of items: the steps of
 * other clients run in between, so that none waits long.
 */
export async function inSequence<Item, Answer>(
  items: readonly Item[],
  step: (chunk: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let i = 0; i < items.length; i += maxPerSequentialStep)
    answers.push(...(await step(items.slice(i, i + maxPerSequentialStep))))
  return answers
}
