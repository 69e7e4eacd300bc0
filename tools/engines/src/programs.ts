import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { readEnginesConfig } from './config.ts'
import { EnginesError } from './engines-error.ts'

/** The full path of a program, or null if it is not installed. */
export function findProgram(name: string): string | null {
  const { programFolders, javaHome } = readEnginesConfig()
  const folders =
    name === 'java' && javaHome !== null
      ? [join(javaHome, 'bin'), ...programFolders]
      : programFolders
  for (const folder of folders) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this folder.
    }
  }
  return null
}

/** @throws EnginesError `missing` */
export function installed(name: string): string {
  const path = findProgram(name)
  if (path === null) throw new EnginesError('missing', `the program ${name} is not installed`)
  return path
}

/**
 * A prefix for a command: it sends the command this signal when the process that started it is
 * gone, in whatever way that died. Empty where the system has no `setpriv` (util-linux).
 */
export function diesWithParent(signal: 'KILL' | 'TERM'): string[] {
  const setpriv = findProgram('setpriv')
  return setpriv === null ? [] : [setpriv, '--pdeathsig', signal]
}
