import type { Statement } from './session.ts'

// Far below the largest mutation a node takes (half a commit log segment: 4 MiB and more).
const maxStatements = 200
const maxCharacters = 512 * 1024

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

  /** One batch for each partition; several where one would be too large. */
  *batches(): Generator<readonly Statement[]> {
    for (const statements of this.#ofPartition.values()) {
      let batch: Statement[] = []
      let characters = 0
      for (const statement of statements) {
        const size = charactersOf(statement)
        if (batch.length === maxStatements || characters + size > maxCharacters) {
          if (batch.length > 0) yield batch
          batch = []
          characters = 0
        }
        batch.push(statement)
        characters += size
      }
      if (batch.length > 0) yield batch
    }
  }
}

function charactersOf({ params }: Statement): number {
  let characters = 0
  for (const param of params) characters += typeof param === 'string' ? param.length : 8
  return characters
}
