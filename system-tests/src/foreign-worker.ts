import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { fetchJars, jarFolder, type JarSet } from '@rookery/engines'

const run = promisify(execFile)
const source = fileURLToPath(new URL('../foreign-worker/ForeignWorker.java', import.meta.url))

/** A worker in Java, compiled against stock clients. */
export class ForeignWorker {
  readonly lines: string[] = []
  readonly #child: ChildProcess
  readonly #waiting = new Set<() => void>()

  private constructor(child: ChildProcess) {
    this.#child = child
    if (child.stdout === null) throw new Error('the worker has no standard output')
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.lines.push(line)
      for (const check of this.#waiting) check()
    })
  }

  static async start(
    classPath: string,
    { id, zookeeper, kafka, root }: Record<'id' | 'zookeeper' | 'kafka' | 'root', string>,
  ): Promise<ForeignWorker> {
    const flags = ['-Xmx64m', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8']
    const log = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-Dlog4j.rootLogger=OFF']
    const args = [...flags, ...log, '-cp', classPath, 'ForeignWorker', id, zookeeper, kafka, root]
    const worker = new ForeignWorker(spawn('java', args, { stdio: ['pipe', 'pipe', 'inherit'] }))
    await worker.until((line) => line === 'ready')
    return worker
  }

  /** Gives a command, and resolves with the first line after it that begins with `answer`. */
  async tell(command: string, answer: string): Promise<string> {
    const from = this.lines.length
    this.#child.stdin?.write(`${command}\n`)
    return this.until((line) => line.startsWith(answer), from)
  }

  async until(test: (line: string) => boolean, from: number = 0): Promise<string> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const found = this.lines.slice(from).find(test)
        if (found === undefined) return
        this.#waiting.delete(check)
        resolve(found)
      }
      this.#waiting.add(check)
      this.#child.once('exit', () =>
        reject(new Error(`the worker ended after: ${this.lines.join('\n')}`)),
      )
      check()
    })
  }

  /** Ends as old workers do: the ZooKeeper session is left to time out. */
  async die(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
}

/**
 * Compiles the worker against the clients that come with the engines, or against old ones.
 * `dispose` removes the compiled files.
 */
export async function compileForeignWorker(
  sets: readonly JarSet[],
): Promise<{ classPath: string; dispose(): void }> {
  for (const set of sets) await fetchJars(set, (line) => process.stderr.write(`${line}\n`))
  const jars = sets.map((set) => join(jarFolder(set), '*')).join(':')
  const folder = mkdtempSync(join(tmpdir(), 'rookery-foreign-worker-'))
  await run('javac', ['-d', folder, '-cp', jars, source])
  return {
    classPath: `${folder}:${jars}`,
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  }
}
