import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Link } from '@rookery/engines'

const program = join(fileURLToPath(new URL('..', import.meta.url)), 'dist', 'manager', 'main.js')

/** `npm run manager` with its own connection to ZooKeeper, which a test can cut. */
export class ManagerProcess {
  leads = false
  readonly link: Link
  readonly #child: ChildProcess
  readonly #listeners = new Set<() => void>()

  private constructor(link: Link, child: ChildProcess) {
    this.link = link
    this.#child = child
    if (child.stdout === null) throw new Error('the process needs a pipe as its standard output')
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.endsWith('leads')) this.leads = true
      else if (line.endsWith('leads no more')) this.leads = false
      for (const listener of this.#listeners) listener()
    })
  }

  static async start(zookeeper: string, kafka: string, root: string): Promise<ManagerProcess> {
    const link = new Link(zookeeper)
    const env = {
      PATH: process.env['PATH'] ?? '',
      ZOOKEEPER_CONNECT: await link.open(),
      KAFKA_BROKERS: kafka,
      BRIDGE_ROOT: root,
    }
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    return new ManagerProcess(link, spawn(process.execPath, [program], { env, stdio: [...stdio] }))
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL')
      await once(this.#child, 'exit')
    }
    this.leads = false
    this.link.close()
  }
}
