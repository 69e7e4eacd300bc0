import { closeDatabase, type Database, LazyCommit, Statements } from '@rookery/sqlite'
import { StoreError } from '../message-store.ts'

/**
 * Runs work on the file. Rows that can be derived from the log are committed seldom. Marks and
 * cursors cannot be derived, so they are on the disk before their write resolves. See `LazyCommit`.
 */
export class StoreFile {
  readonly #db: Database
  readonly #statements: Statements
  readonly #commits: LazyCommit
  #closed = false

  constructor(db: Database) {
    this.#db = db
    this.#statements = new Statements(db)
    this.#commits = new LazyCommit(db)
  }

  /** @throws StoreError `unavailable` */
  async read<T>(work: (statements: Statements) => T): Promise<T> {
    if (this.#closed) throw new StoreError('unavailable', 'the store is closed')
    try {
      return this.#commits.read(() => work(this.#statements))
    } catch (error) {
      throw new StoreError('unavailable', 'the store could not be read', { cause: error })
    }
  }

  /**
   * Runs a write that can be derived from the log. Every later read sees it.
   * @throws StoreError `unavailable`
   */
  async project(work: (statements: Statements) => void): Promise<void> {
    await this.#write(() => this.#commits.write(() => work(this.#statements)))
  }

  /**
   * Runs a write that cannot be derived again, and resolves when it is on the disk.
   * @throws StoreError `unavailable`
   */
  async keep(work: (statements: Statements) => void): Promise<void> {
    await this.#write(() => this.#commits.durable(() => work(this.#statements)))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    try {
      await this.#commits.close()
    } finally {
      closeDatabase(this.#db)
    }
  }

  async #write(work: () => void | Promise<void>): Promise<void> {
    if (this.#closed) throw new StoreError('unavailable', 'the store is closed')
    try {
      await work()
    } catch (error) {
      throw new StoreError('unavailable', 'the store could not be written', { cause: error })
    }
  }
}
