/** A row of an ordered run whose versions rise with `at`. */
interface Versioned {
  at: number
  version: bigint | number
}

/**
 * Returns the last row with a lower version than `version`. That is nearly always the newest row,
 * so it is read first. Otherwise the run is halved until the row is found.
 * @param atOrBelow the row with the highest `at` ≤ the given one
 */
export function lastBelow<Row extends Versioned>(
  version: bigint,
  atOrBelow: (at: number) => Row | undefined,
): Row | undefined {
  const newest = atOrBelow(Number.MAX_SAFE_INTEGER)
  if (newest === undefined || newest.version < version) return newest
  let found: Row | undefined
  let low = 0
  let high = newest.at
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2)
    const row = atOrBelow(middle)
    if (row !== undefined && row.version >= version) high = row.at
    else {
      found = row ?? found
      low = middle
    }
  }
  return found
}
