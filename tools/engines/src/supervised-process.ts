import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { diesWithParent } from './programs.ts'

export interface SupervisedOptions {
  command: readonly string[]
  /** The folder of `log.txt` and `pid`. */
  folder: string
  /** The engine ends with this process. */
  ownerPid: number
  /**
   * Removes the folder and its lock after the owner has ended, and the folder around them if it is
   * empty.
   */
  removeFolder: boolean
}

/**
 * For a shell: an engine's files are for their owner only. MariaDB has settings of its own for it.
 */
export const privateFiles = 'umask 077; export UMASK=0600 UMASK_DIR=0700'

const gracePeriodMs = 5_000
const pollMs = 50

/**
 * An engine's parent: a shell, because it is small and starts at once. It ends the engine when the
 * owner is gone, in whatever way that died. Where the system can do it (`--pdeathsig`), a killed
 * shell ends the engine, too. Arguments: owner, folder, whether to remove it, command.
 */
const supervisor = `
owner=$1 folder=$2 remove=$3
shift 3
"$@" </dev/null >>"$folder/log.txt" 2>&1 &
engine=$!
echo $engine >"$folder/pid.new" && mv "$folder/pid.new" "$folder/pid"
while kill -0 $owner && kill -0 $engine; do sleep 0.5; done
if kill -0 $engine; then
  kill -TERM $engine; kill -CONT $engine
  n=0; while [ $n -lt ${gracePeriodMs / 100} ] && kill -0 $engine; do sleep 0.1; n=$((n+1)); done
  kill -KILL $engine
fi
wait $engine
if [ $remove = yes ] && ! kill -0 $owner; then
  rm -rf "$folder" "$folder.lock"; rmdir "\${folder%/*}"
fi
`

/** One run of an engine. */
export class SupervisedProcess {
  readonly folder: string
  readonly pid: number

  constructor(folder: string, pid: number) {
    this.folder = folder
    this.pid = pid
  }

  get running(): boolean {
    return isRunning(this.pid)
  }

  /** The end of its output, for a person to read. */
  get lastLines(): string {
    try {
      const lines = readFileSync(join(this.folder, 'log.txt'), 'utf8').trimEnd().split('\n')
      return lines.slice(-15).join('\n')
    } catch {
      return ''
    }
  }

  signal(name: NodeJS.Signals): void {
    if (this.running) process.kill(this.pid, name)
  }

  /** Asks it to stop, and kills it after a few seconds. */
  async stop(): Promise<void> {
    this.signal('SIGTERM')
    this.signal('SIGCONT')
    if (await this.#endsWithin(gracePeriodMs)) return
    await this.kill()
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.#endsWithin(Infinity)
  }

  async #endsWithin(ms: number): Promise<boolean> {
    for (let waited = 0; this.running; waited += pollMs) {
      if (waited >= ms) return false
      await sleep(pollMs)
    }
    return true
  }
}

/** Resolves when the process runs. It may not serve yet. */
export async function superviseProcess(options: SupervisedOptions): Promise<SupervisedProcess> {
  const { command, folder, ownerPid, removeFolder } = options
  await rm(join(folder, 'pid'), { force: true })
  const shell = spawn(
    'sh',
    [
      '-c',
      `${privateFiles}; exec 2>/dev/null${supervisor}`,
      'supervisor',
      String(ownerPid),
      folder,
      removeFolder ? 'yes' : 'no',
      ...diesWithParent('KILL'),
      ...command,
    ],
    // In a group of its own, so that Ctrl-C reaches the engines only after their users.
    { detached: true, stdio: 'ignore', cwd: folder },
  )
  let failure: Error | null = null
  shell.once('error', (error) => (failure = error))
  shell.once('exit', () => (failure ??= new Error(`nothing can be started in ${folder}`)))
  shell.unref()
  for (;;) {
    const pid = pidIn(folder)
    if (pid !== null) return new SupervisedProcess(folder, pid)
    if (failure !== null) throw failure as Error
    await sleep(10)
  }
}

/** The id of the engine that was last started in the folder. */
export function pidIn(folder: string): number | null {
  try {
    return Number(readFileSync(join(folder, 'pid'), 'utf8'))
  } catch {
    return null
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
