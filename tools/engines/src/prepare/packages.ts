import { execFile } from 'node:child_process'
import { chmod, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readEnginesConfig } from '../config.ts'
import { EnginesError } from '../engines-error.ts'
import { findProgram } from '../programs.ts'
import { withLock } from '../with-lock.ts'

const run = promisify(execFile)

/** A program, and the Debian package that contains it. */
export interface Needed {
  program: string
  debianPackage: string
}

/**
 * Installs missing packages, on a Debian machine and as root.
 *
 * @throws EnginesError `missing`, naming every program and the command that installs it
 */
export async function installMissing(
  needed: readonly Needed[],
  onProgress: (line: string) => void,
): Promise<void> {
  const missing = (): Needed[] => needed.filter(({ program }) => findProgram(program) === null)
  if (missing().length === 0) return
  const problem = obstacle()
  if (problem !== null) throw notInstalled(missing(), problem)
  const { cacheFolder } = readEnginesConfig()
  await withLock(
    join(cacheFolder, 'apt'),
    async () => {
      if (missing().length === 0) return
      const packages = [...new Set(missing().map(({ debianPackage }) => debianPackage))]
      onProgress(`installing ${packages.join(', ')}`)
      try {
        await install(packages)
      } catch (cause) {
        throw notInstalled(missing(), lastLine(cause), cause)
      }
    },
    () => onProgress('waiting for another process that installs packages'),
  )
  if (missing().length > 0) throw notInstalled(missing(), 'the packages did not bring them')
}

function obstacle(): string | null {
  if (findProgram('apt-get') === null) return 'there is no apt-get to install them with'
  if (process.getuid?.() !== 0) return 'only root may install them'
  return null
}

async function install(packages: string[]): Promise<void> {
  const removePolicy = await preventServiceStarts()
  try {
    const lists = await readdir('/var/lib/apt/lists').catch(() => [])
    if (!lists.some((name) => name.includes('_Packages'))) await aptGet('update')
    const options = ['--no-install-recommends', '-y', '-o', 'DPkg::Lock::Timeout=300']
    // Old lists name packages that are gone. Fresh lists mend most failures.
    await aptGet('install', ...options, ...packages).catch(async () => {
      await aptGet('update')
      await aptGet('install', ...options, ...packages)
    })
  } finally {
    await removePolicy()
  }
}

/**
 * Prevents services from starting. Debian starts (and on an upgrade restarts) a service as soon as
 * its package is installed, unless a policy forbids it. The service would take the standard ports
 * and disturb running engines. An existing policy is not changed.
 * https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
 */
async function preventServiceStarts(): Promise<() => Promise<void>> {
  const policy = '/usr/sbin/policy-rc.d'
  try {
    await writeFile(policy, '#!/bin/sh\nexit 101\n', { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return async () => undefined
    throw error
  }
  await chmod(policy, 0o755)
  return () => rm(policy, { force: true })
}

async function aptGet(...args: string[]): Promise<void> {
  await run('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...args], {
    maxBuffer: 64 * 1024 * 1024,
  })
}

function lastLine(error: unknown): string {
  const { stderr = '' } = error as { stderr?: string }
  return stderr.trim().split('\n').at(-1) || String(error)
}

function notInstalled(missing: readonly Needed[], reason: string, cause?: unknown): EnginesError {
  const programs = missing.map(({ program }) => program).join(', ')
  const packages = [...new Set(missing.map(({ debianPackage }) => debianPackage))].join(' ')
  return new EnginesError(
    'missing',
    `not installed: ${programs} (${reason}). On Debian or Ubuntu: sudo apt-get install ${packages}`,
    { cause },
  )
}
