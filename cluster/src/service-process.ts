import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

export interface ServiceOptions {
  /** `api`, `chat-server-1` … */
  name: string
  /** Compiled entry. */
  main: string
  env: Readonly<Record<string, string>>
  port: number
  onLine: (name: string, line: string) => void
}

const stopMs = 12_000
const readyEveryMs = 100

/** One service as a process of its own. */
export class ServiceProcess {
  readonly name: string
  readonly port: number
  readonly #options: ServiceOptions
  #child: ChildProcess | null = null

  constructor(options: ServiceOptions) {
    this.#options = options
    this.name = options.name
    this.port = options.port
  }

  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  start(): void {
    const { name, main, env, port, onLine } = this.#options
    const child = spawn(process.execPath, ['--enable-source-maps', main], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, PORT: String(port) },
    })
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => onLine(name, line))
    child.on('exit', (code, signal) => {
      if (this.#child === child) this.#child = null
      onLine(name, `ended (${signal ?? code ?? ''})`)
    })
    this.#child = child
  }

  /** Resolves when `/ready` says so. */
  async ready(withinMs: number): Promise<void> {
    const deadline = Date.now() + withinMs
    let said = 'nothing'
    while (Date.now() < deadline) {
      if (this.#child === null) throw new Error(`${this.name} ended while it was starting`)
      try {
        const response = await fetch(`http://127.0.0.1:${this.port}/ready`)
        said = await response.text()
        if (response.ok) return
      } catch {
        // It does not listen yet.
      }
      await delay(readyEveryMs)
    }
    throw new Error(`${this.name} is not ready after ${withinMs} ms; it says ${said}`)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** Ends it with the signal, at last with SIGKILL. @returns its exit code; null if a signal ended it */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    if (child === null) return null
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
    const code = await ended
    clearTimeout(timer)
    return code
  }
}
