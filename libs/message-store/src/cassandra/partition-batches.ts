import type { Statement } from './statement.ts'

// Far below the largest mutation a node takes (half a commit log segment: 4 MiB and more).
const maxStatements = 200
const maxBytes = 512 * 1024
const cellBytes = 20

/** Gathers the statements of a turn by the Cassandra partition they go to. */
export class PartitionBatches {
  readonly #ofPartition = new Map<string, Statement[]>()

  /** `partition`: the values of the partition key. */
  add(partition: readonly (string | number)[], ...statements: readonly Statement[]): void {
    const key = JSON.stringify(partition)
    const gathered = this.#ofPartition.get(key)
    if (gathered === undefined) this.#ofPartition.set(key, [...statements])
    else gathered.push(...statements)
  }

  /**
   * Whether what goes to the partition is more than one batch, so that a part of it may be there
   * before the rest.
   */
  isSplit(partition: readonly (string | number)[]): boolean {
    const statements = this.#ofPartition.get(JSON.stringify(partition)) ?? []
    return [...split(statements)].length > 1
  }

  /** One batch for each partition; several where one would be too large. */
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

/** About what a node counts it as: its values, and what each cell brings along. */
export function bytesOf(statements: readonly Statement[]): number {
  let bytes = 0
  for (const { params } of statements)
    for (const param of params) bytes += cellBytes + (typeof param === 'string' ? param.length : 8)
  return bytes
}
