/**
 * Resolves when the promise has resolved or rejected, or after `ms`.
 * @returns true if the promise has settled
 */
export async function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, ms, false)))
  const settled = await Promise.race([Promise.allSettled([promise]).then(() => true), late])
  clearTimeout(timer)
  return settled
}
