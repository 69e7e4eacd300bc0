import { existsSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EngineName, EngineVariables, VariablesByEngine } from './engine.ts'
import { engines } from './engines/index.ts'
import { prepareEngines } from './prepare/prepare-engines.ts'
import { startOne } from './start-engines.ts'
import { isRunning, pidIn } from './supervised-process.ts'
import { withLock } from './with-lock.ts'

/**
 * The engines that all test files of one test run share. The first file that needs an engine starts
 * it, and it ends with the run. So names in it (topics, keyspaces, databases, key prefixes, node
 * paths) must be unique, and a test that stops or freezes an engine starts its own with
 * `startEngines`.
 *
 * @throws EnginesError `missing`, `failed`
 */
export async function sharedEngines<Name extends EngineName>(
  which: readonly Name[],
  onProgress: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
): Promise<EngineVariables<Name>> {
  const run = testRunPid()
  const folder = join(tmpdir(), `rookery-engines-of-${run}`)
  const each = await Promise.all(which.map((name) => sharedEngine(name, run, folder, onProgress)))
  return Object.assign({}, ...each) as EngineVariables<Name>
}

async function sharedEngine<Name extends EngineName>(
  name: Name,
  run: number,
  folder: string,
  onProgress: (line: string) => void,
): Promise<VariablesByEngine[Name]> {
  const home = { folder: join(folder, name), ownerPid: run, removeFolder: true, shortLived: true }
  const readyFile = join(home.folder, 'ready.json')
  return withLock(`${home.folder}.lock`, async () => {
    const ports = await portsOfRunning(home.folder, readyFile)
    if (ports !== null) return engines[name].variables({ ...home, ports })
    // An earlier run with the same process id may have left files.
    await rm(home.folder, { recursive: true, force: true })
    await prepareEngines([name], onProgress)
    const { place } = await startOne(name, home, onProgress)
    await writeFile(`${readyFile}.new`, JSON.stringify(place.ports))
    await rename(`${readyFile}.new`, readyFile)
    return engines[name].variables(place)
  })
}

async function portsOfRunning(folder: string, readyFile: string): Promise<number[] | null> {
  const pid = pidIn(folder)
  if (pid === null || !isRunning(pid) || !existsSync(readyFile)) return null
  return JSON.parse(await readFile(readyFile, 'utf8')) as number[]
}

/**
 * The id of the process that stands for the whole test run: jest itself, which is the parent of its
 * workers, or the only process.
 */
function testRunPid(): number {
  const isWorker = /jest-worker.+processChild/.test(process.argv[1] ?? '')
  return isWorker ? process.ppid : process.pid
}
