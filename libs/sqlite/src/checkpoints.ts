import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'

/** The code of the thread. It opens each file once, and answers the requests in their order. */
const threadCode = `
const { parentPort, workerData } = require('node:worker_threads')
const { DatabaseSync } = require(workerData.sqlite)
const open = new Map()
parentPort.on('message', ({ file, close }) => {
  try {
    if (close) {
      open.get(file)?.close()
      open.delete(file)
    } else {
      if (!open.has(file)) open.set(file, new DatabaseSync(file))
      open.get(file).exec('PRAGMA wal_checkpoint(PASSIVE)')
    }
  } catch {
    // The writing connection meets the same error, and reports it.
  }
  parentPort.postMessage(null)
})`

const everyMs = 500

/**
 * Moves committed pages from write-ahead logs into their database files. A thread does so, because
 * a checkpoint syncs and copies, which would stop the event loop for milliseconds. The checkpoint
 * of the writing connection (`wal_autocheckpoint`) then has little to do, and restarts the log at
 * its beginning.
 *
 * One thread serves all files of a process. It starts half a second after the first commit.
 */
class Checkpoints {
  /**
   * The state of each file. `new`: it has commits that were not moved. `requested`: the thread is
   * moving them. `moved`: the thread has answered.
   */
  readonly #files = new Map<string, 'new' | 'requested' | 'moved'>()
  readonly #answers: (() => void)[] = []
  #thread: Worker | null = null
  #timer: NodeJS.Timeout | null = null

  /** Notes a commit to this file. */
  wrote(file: string): void {
    if (this.#files.get(file) !== 'requested') this.#files.set(file, 'new')
    this.#timer ??= setInterval(() => this.#tick(), everyMs).unref()
  }

  /**
   * Resolves when the thread has closed the file. Then the caller's connection is the last one, and
   * leaves one file without a write-ahead log when it closes.
   */
  async forget(file: string): Promise<void> {
    if (!this.#files.delete(file)) return
    if (this.#thread !== null) await this.#ask(this.#thread, { file, close: true })
    if (this.#files.size > 0 || this.#answers.length > 0) return
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    const thread = this.#thread
    this.#thread = null
    await thread?.terminate()
  }

  #tick(): void {
    for (const [file, state] of this.#files) {
      if (state !== 'new') continue
      this.#thread ??= this.#start()
      this.#files.set(file, 'requested')
      void this.#ask(this.#thread, { file, close: false }).then(() => {
        if (this.#files.has(file)) this.#files.set(file, 'moved')
      })
    }
  }

  #start(): Worker {
    const sqlite = createRequire(import.meta.url).resolve('@photostructure/sqlite')
    const thread = new Worker(threadCode, { eval: true, workerData: { sqlite } })
    thread.on('message', () => this.#answers.shift()?.())
    // If the thread fails, the writing connections still checkpoint, but in the event loop.
    thread.on('error', () => undefined)
    thread.on('exit', () => {
      if (this.#thread === thread) this.#thread = null
      for (const answer of this.#answers.splice(0)) answer()
    })
    thread.unref()
    return thread
  }

  #ask(thread: Worker, request: { file: string; close: boolean }): Promise<void> {
    return new Promise((resolve) => {
      this.#answers.push(resolve)
      thread.postMessage(request)
    })
  }
}

export const checkpoints: Checkpoints = new Checkpoints()
