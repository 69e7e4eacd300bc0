import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { EngineName } from '../engine.ts'
import { EnginesError } from '../engines-error.ts'
import { installed } from '../programs.ts'
import { fetchJars, hasJars, isJavaEngine } from './jars.ts'
import { installMissing, type Needed } from './packages.ts'

const run = promisify(execFile)
const oldestJava = 17

/**
 * Fetches what these engines need and a bare Debian machine lacks: packages by apt-get, jars by
 * Maven. Does nothing if everything is there. Several processes may call it at once.
 *
 * @throws EnginesError `missing`, naming what is missing
 */
export async function prepareEngines(
  which: readonly EngineName[],
  onProgress: (line: string) => void = () => undefined,
): Promise<void> {
  await installMissing(which.flatMap(neededBy), onProgress)
  const onJava = which.filter(isJavaEngine)
  if (onJava.length > 0) await checkJava()
  for (const engine of onJava) await fetchJars(engine, onProgress)
}

function neededBy(engine: EngineName): Needed[] {
  if (engine === 'redis') return [{ program: 'redis-server', debianPackage: 'redis-server' }]
  if (engine === 'mariadb') {
    return ['mariadbd', 'mariadb-install-db'].map((program) => ({
      program,
      debianPackage: 'mariadb-server',
    }))
  }
  const java = { program: 'java', debianPackage: 'openjdk-17-jdk-headless' }
  return hasJars(engine) ? [java] : [java, { program: 'mvn', debianPackage: 'maven' }]
}

async function checkJava(): Promise<void> {
  const java = installed('java')
  const { stderr } = await run(java, ['-version'])
  const version = Number(/version "(\d+)/.exec(stderr)?.[1])
  if (version >= oldestJava) return
  const found = stderr.split('\n')[0] ?? ''
  throw new EnginesError(
    'missing',
    `Java ${oldestJava} or newer is needed; ${java} is ${found}. Set JAVA_HOME, or: sudo apt-get install openjdk-17-jdk-headless`,
  )
}
