const sizes = [1, 4, 16, 64, 256, 1024]

/**
 * For `… IN (?, …)`: the values in chunks. Each chunk is filled up with its last value to one of
 * six sizes, so that few different statements are prepared. Example: 3 values become 4.
 */
export function inLists(values: readonly string[]): { marks: string; params: string[] }[] {
  const lists: { marks: string; params: string[] }[] = []
  const largest = sizes.at(-1) ?? 1
  for (let i = 0; i < values.length; i += largest) {
    const params = values.slice(i, i + largest)
    const size = sizes.find((each) => each >= params.length) ?? params.length
    while (params.length < size) params.push(params.at(-1) ?? '')
    lists.push({ marks: params.map(() => '?').join(', '), params })
  }
  return lists
}
