import { diesWithParent } from '@rookery/engines'
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { RestartDelay } from './restart-delay.ts'

export interface ServiceOptions {
  /** `api`, `chat-server-1` … */
  name: string
  /** The compiled entry module. */
  main: string
  env: Readonly<Record<string, string>>
  port: number
  onLine: (name: string, line: string) => void
}

interface End {
  code: number | null
  signal: NodeJS.Signals | null
  livedMs: number
  /** Starts it with the same settings. */
  again: () => void
}

const stopMs = 12_000
const readyEveryMs = 100

/**
 * One service as a process of its own. After it was ready once, it is kept alive: if it ends
 * without `stop`, it is restarted on the same port, at first soon and then later and later if it
 * keeps ending. A service that was never ready has wrong settings, and stays down.
 */
export class ServiceProcess {
  readonly name: string
  readonly port: number
  /** A test may switch it off, to see the service stay down. */
  restarts = true
  readonly #options: ServiceOptions
  readonly #delay = new RestartDelay()
  #child: ChildProcess | null = null
  #stopping: Promise<number | null> | null = null
  #wasReady = false
  #restart: NodeJS.Timeout | null = null
  #restarted = 0

  constructor(options: ServiceOptions) {
    this.#options = options
    this.name = options.name
    this.port = options.port
  }

  /** Null while it is down. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** The number of restarts after ends without `stop`. */
  get restarted(): number {
    return this.#restarted
  }

  /**
   * Starts it; does nothing while it runs. `more`: settings for this start, and for the restarts
   * after it.
   */
  start(more: Readonly<Record<string, string>> = {}): void {
    this.#cancelRestart()
    if (this.#child !== null) return
    const { name, main, port, onLine } = this.#options
    const env = { ...this.#options.env, ...more }
    const command = [...diesWithParent('TERM'), process.execPath, '--enable-source-maps', main]
    const [program = '', ...args] = command
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, PORT: String(port) },
    })
    const startedAt = performance.now()
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => onLine(name, line))
    child.on('exit', (code, signal) => {
      this.#child = null
      if (this.#stopping === null) {
        const again = (): void => this.start(more)
        this.#endedByItself({ code, signal, livedMs: performance.now() - startedAt, again })
      } else onLine(name, `ended (${signal ?? code ?? ''})`)
    })
    this.#child = child
  }

  /** Resolves when `/ready` answers 200. */
  async ready(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs
    let said = 'nothing'
    while (performance.now() < deadline) {
      if (this.#child === null && this.#restart === null)
        throw new Error(`${this.name} ended while it was starting`)
      try {
        const response = await fetch(`http://127.0.0.1:${this.port}/ready`)
        said = await response.text()
        if (response.ok) {
          this.#wasReady = true
          return
        }
      } catch {
        // It does not listen yet.
      }
      await delay(readyEveryMs)
    }
    throw new Error(`${this.name} is not ready after ${withinMs} ms; it says ${said}`)
  }

  /**
   * Sends a signal to the process. If the process ends by it, it counts as ended without `stop`.
   */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /**
   * Ends it with the signal, and finally with SIGKILL. It stays down until `start`.
   * @returns its exit code; null if a signal ended it
   */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#cancelRestart()
    const child = this.#child
    if (child === null) return null
    this.#stopping ??= new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
    const code = await this.#stopping
    this.#stopping = null
    clearTimeout(timer)
    return code
  }

  #endedByItself({ code, signal, livedMs, again: start }: End): void {
    const again = this.restarts && this.#wasReady
    const afterMs = this.#delay.next(livedMs)
    if (again) {
      this.#restarted += 1
      this.#restart = setTimeout(start, afterMs)
    }
    const line = {
      level: again ? 'warn' : 'error',
      time: new Date().toISOString(),
      service: this.name,
      exit: signal ?? code,
      livedMs: Math.round(livedMs),
      ...(again ? { restarted: this.#restarted, afterMs } : {}),
      msg: again ? 'ended without a stop, it is started again' : 'ended without a stop',
    }
    this.#options.onLine(this.name, JSON.stringify(line))
  }

  #cancelRestart(): void {
    if (this.#restart !== null) clearTimeout(this.#restart)
    this.#restart = null
  }
}
