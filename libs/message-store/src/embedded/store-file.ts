import { closeDatabase, type Database, GroupCommit, Statements } from '@rookery/sqlite'
import { StoreError } from '../message-store.ts'

/**
 * Runs work on the file: reads at once, all writes of one event-loop turn in one durable commit.
 */
export class StoreFile {
  readonly #db: Database
  readonly #statements: Statements
  readonly #commits: GroupCommit
  #closed = false

  constructor(db: Database) {
    this.#db = db
    this.#statements = new Statements(db)
    this.#commits = new GroupCommit(db)
  }

  /** @throws StoreError `unavailable` */
  async read<T>(work: (statements: Statements) => T): Promise<T> {
    if (this.#closed) throw new StoreError('unavailable', 'the store is closed')
    try {
      return work(this.#statements)
    } catch (error) {
      throw new StoreError('unavailable', 'the store could not be read', { cause: error })
    }
  }

  /** @throws StoreError `unavailable` */
  async write(work: (statements: Statements) => void): Promise<void> {
    try {
      await this.#commits.run(() => work(this.#statements))
    } catch (error) {
      throw new StoreError('unavailable', 'the store could not be written', { cause: error })
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#commits.close()
    closeDatabase(this.#db)
  }
}
