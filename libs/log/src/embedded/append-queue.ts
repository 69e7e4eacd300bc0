import { type GroupCommit, SqliteError } from '@rookery/sqlite'
import { LogError } from '../message-log.ts'

const maxRecordBytes = 1024 * 1024
const maxQueuedRecords = 5_000
const maxQueuedBytes = 32 * 1024 * 1024

/** Bounds the appends that wait for the next commit, and turns failures into a `LogError`. */
export class AppendQueue {
  readonly #commits: GroupCommit
  #records = 0
  #bytes = 0

  constructor(commits: GroupCommit) {
    this.#commits = commits
  }

  get writable(): boolean {
    return this.#records < maxQueuedRecords && this.#bytes < maxQueuedBytes
  }

  async run<T>(bytes: number, append: () => T): Promise<T> {
    if (bytes > maxRecordBytes)
      throw new LogError('too_large', `the record has ${bytes} bytes, more than ${maxRecordBytes}`)
    if (!this.writable)
      throw new LogError('unavailable', 'too many appends are waiting, append it again later')
    this.#records += 1
    this.#bytes += bytes
    try {
      return await this.#commits.run(append)
    } catch (error) {
      // A refused append never began. All other failures leave open whether the record is on the
      // disk.
      const refused = error instanceof SqliteError && error.code !== 'sync_failed'
      const code = refused ? 'unavailable' : 'unknown'
      throw new LogError(code, 'the record could not be appended', { cause: error })
    } finally {
      this.#records -= 1
      this.#bytes -= bytes
    }
  }
}
