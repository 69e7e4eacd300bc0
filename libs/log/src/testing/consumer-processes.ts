import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { MessageLog } from '../message-log.ts'

const program = join(
  dirname(fileURLToPath(import.meta.url)),
  '../../dist/testing/consumer-process.js',
)
const appendEveryMs = 50

/**
 * A group of consumers in processes of their own, which a test can kill. It measures how long
 * appended records take to reach one of them.
 */
export class ConsumerProcesses {
  readonly #log: MessageLog
  readonly #argument: { broker: string; prefix: string }
  readonly #folder = mkdtempSync(join(tmpdir(), 'rookery-consumers-'))
  readonly #children = new Map<string, ChildProcess>()
  readonly #appendedAt = new Map<string, number>()
  readonly #seen = new Set<string>()
  #timer: NodeJS.Timeout | null = null
  #wake: () => void = () => undefined
  #longestMs = 0

  constructor(log: MessageLog, argument: { broker: string; prefix: string }) {
    this.#log = log
    this.#argument = argument
  }

  start(name: string): void {
    const { broker, prefix } = this.#argument
    const args = [program, broker, prefix, name, this.#folder]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#children.set(name, child)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [partition = '', ...offsets] = line.split(' ')
      for (const offset of offsets) this.#note(`${partition} ${offset}`)
    })
  }

  /** Resolves when the process has ended. */
  async end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = this.#children.get(name)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  /** Appends a record to each of the keys every 50 ms, until `close`. */
  append(keys: readonly string[]): void {
    this.#timer = setInterval(() => {
      for (const key of keys) {
        const at = performance.now()
        void this.#log.append(key, new Uint8Array(8)).then(({ partition, offset }) => {
          const place = `${partition} ${offset}`
          if (!this.#seen.has(place)) this.#appendedAt.set(place, at)
        })
      }
    }, appendEveryMs)
  }

  /**
   * Resolves when every record appended so far has reached a consumer.
   * @returns the longest time that a record took since the last call
   */
  async caughtUp(): Promise<number> {
    const awaited = [...this.#appendedAt.keys()]
    while (awaited.some((place) => this.#appendedAt.has(place)))
      await new Promise<void>((resolve) => (this.#wake = resolve))
    const longestMs = this.#longestMs
    this.#longestMs = 0
    return longestMs
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    for (const name of this.#children.keys()) await this.end(name, 'SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #note(place: string): void {
    this.#seen.add(place)
    const at = this.#appendedAt.get(place)
    if (at === undefined) return
    this.#appendedAt.delete(place)
    this.#longestMs = Math.max(this.#longestMs, performance.now() - at)
    this.#wake()
  }
}
