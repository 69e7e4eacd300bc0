import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

const ticksPerSecond = 100

/** CPU seconds, user and system, that these processes have used so far (Linux: /proc). */
export function cpuOf(pids: readonly number[]): number {
  let ticks = 0
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks / ticksPerSecond
}

/** Resident bytes of these processes. */
export function residentOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
    return sum + Number(kib ?? 0) * 1024
  }, 0)
}

/** Moves all threads of a process to one core, so that peers and load do not share one. */
export function pin(pid: number, core: number): void {
  spawnSync('taskset', ['-acp', String(core), String(pid)], { stdio: 'ignore' })
}

/** Starts a server that says one line when it is ready. @returns the process and that line */
export async function startServer(
  script: string,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<{ child: ChildProcess; pid: number; line: string }> {
  const child = spawn(process.execPath, [script], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', ...env },
  })
  if (child.stdout === null || child.pid === undefined) throw new Error(`${script} has no output`)
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, pid: child.pid, line: line.toString().trim() }
}

export async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const killed = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await once(child, 'exit')
  clearTimeout(killed)
}
