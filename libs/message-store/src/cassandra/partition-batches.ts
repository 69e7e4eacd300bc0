import type { Statement } from './statement.ts'

// Far below the largest mutation that a node accepts: half a commit log segment, at least 4 MiB.
const maxStatements = 200
const maxBytes = 512 * 1024
const cellBytes = 20

/** Collects the statements of a turn by their Cassandra partition. */
export class PartitionBatches {
  readonly #ofPartition = new Map<string, Statement[]>()

  /** `partition` holds the values of the partition key. */
  add(partition: readonly (string | number)[], ...statements: readonly Statement[]): void {
    const key = JSON.stringify(partition)
    const gathered = this.#ofPartition.get(key)
    if (gathered === undefined) this.#ofPartition.set(key, [...statements])
    else gathered.push(...statements)
  }

  /**
   * True if the statements of the Cassandra partition need more than one batch. Then some of them
   * may be stored before the others.
   */
  isSplit(partition: readonly (string | number)[]): boolean {
    const statements = this.#ofPartition.get(JSON.stringify(partition)) ?? []
    return [...split(statements)].length > 1
  }

  /** One batch for each Cassandra partition, or several where one would be too large. */
  *batches(): Generator<readonly Statement[]> {
    for (const statements of this.#ofPartition.values()) yield* split(statements)
  }
}

function* split(statements: readonly Statement[]): Generator<readonly Statement[]> {
  let batch: Statement[] = []
  let bytes = 0
  for (const statement of statements) {
    const size = bytesOf([statement])
    if (batch.length === maxStatements || bytes + size > maxBytes) {
      if (batch.length > 0) yield batch
      batch = []
      bytes = 0
    }
    batch.push(statement)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

/** About the size that a node counts: the values, and the overhead of each cell. */
export function bytesOf(statements: readonly Statement[]): number {
  let bytes = 0
  for (const { params } of statements)
    for (const param of params) bytes += cellBytes + (typeof param === 'string' ? param.length : 8)
  return bytes
}
