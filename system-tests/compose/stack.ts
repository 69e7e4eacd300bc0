import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** One container, as `docker compose ps` prints it. */
export interface Container {
  ID: string
  Service: string
  State: string
  Health: string
  Publishers: readonly { URL: string; TargetPort: number; PublishedPort: number }[] | null
}

/**
 * Runs `docker …`. The project and its settings come from the environment.
 *
 * @returns standard output
 */
export async function docker(...args: string[]): Promise<string> {
  const { stdout } = await run('docker', args, { maxBuffer: 64 * 1024 * 1024 })
  return stdout.trim()
}

export async function containers(service?: string): Promise<Container[]> {
  const lines = await docker('compose', 'ps', '--format', 'json')
  const all = lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Container)
  return all.filter((one) => service === undefined || one.Service === service)
}

/**
 * Runs a line of JavaScript inside a container of the service, and resolves with what it printed.
 */
export async function inside(service: string, script: string): Promise<string> {
  return docker('compose', 'exec', '-T', service, 'node', '-e', script)
}

/**
 * Kills the service's process inside its container. For Docker the process died without a command,
 * so the restart policy applies.
 */
export async function crash(id: string): Promise<void> {
  const script = `const { readdirSync, readFileSync } = require('node:fs')
    for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name) && name !== '1')) {
      const line = readFileSync('/proc/' + pid + '/cmdline', 'utf8').split('\\0')
      if (line[0] === 'node' && /^services.*main.js$/.test(line[1])) process.kill(Number(pid), 'SIGKILL')
    }`
  // The container may be gone before it can answer.
  await docker('exec', id, 'node', '-e', script).catch(() => undefined)
}

/** How often the restart policy has restarted the container. */
export async function restarts(id: string): Promise<number> {
  return Number(await docker('inspect', '--format', '{{.RestartCount}}', id))
}

const waiting = ['-d', '--wait', '--wait-timeout', '150', '--no-build']

/**
 * Starts or stops containers until the named services have these counts, and every other service
 * has one. Waits until all are healthy.
 */
export async function scaleTo(counts: Readonly<Record<string, number>>): Promise<void> {
  const scales = Object.entries(counts).flatMap(([service, count]) => [
    '--scale',
    `${service}=${count}`,
  ])
  await docker('compose', 'up', ...waiting, '--no-recreate', ...scales)
}

/**
 * Resolves when the restart policy has restarted the container and it is healthy.
 */
export async function comeBack(id: string, restartsBefore: number): Promise<void> {
  await eventually('a restart', async () => {
    const restarted = (await restarts(id)) > restartsBefore
    const health = await docker('inspect', '--format', '{{.State.Health.Status}}', id)
    return (restarted && health === 'healthy') || undefined
  })
}

/** Restarts the service's container, and waits until it is healthy again. */
export async function restart(service: string): Promise<void> {
  await docker('compose', 'restart', service)
  await docker('compose', 'up', ...waiting, '--no-recreate', '--no-deps', service)
}

/**
 * Replaces the containers of these services by new ones. Only the data in their volumes stays.
 */
export async function recreate(...services: string[]): Promise<void> {
  await docker('compose', 'up', ...waiting, '--force-recreate', '--no-deps', ...services)
}

/** Asks until the answer is not undefined. @throws after `withinMs` */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  withinMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined) return answer
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`)
    await delay(200)
  }
}
