import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { EngineName, EngineVariables } from './engine.ts'
import { engines } from './engines/index.ts'
import { type EngineHome, RunningEngine } from './running-engine.ts'
import { prepareEngines } from './prepare/prepare-engines.ts'

export interface StartEnginesOptions<Name extends EngineName> {
  which: readonly Name[]
  /**
   * Keeps the engines' data over runs, each engine's in a folder of its own. Without it they get a
   * temporary folder, which is removed with them.
   */
  folder?: string
  /** For a test: they start sooner, and are slower later. */
  shortLived?: boolean
  /** Called with one line for each long step. */
  onProgress?: (line: string) => void
}

export interface Engines<Name extends EngineName> {
  /** The addresses, as in the services' environment. */
  readonly variables: EngineVariables<Name>
  /** Kills it, as a crash does. `restart` brings it back. */
  kill(name: Name): Promise<void>
  /** It stops answering and keeps its connections. */
  freeze(name: Name): void
  thaw(name: Name): void
  /** The folder of its data and settings. */
  folderOf(name: Name): string
  /**
   * Stops it if it runs, and starts it with the same ports and data. Resolves when it serves again.
   */
  restart(name: Name): Promise<void>
  /** Stops all engines. They also stop within seconds when this process ends in any way. */
  stop(): Promise<void>
}

/**
 * Runs real engines on free ports of 127.0.0.1, and fetches what is missing first. Resolves when
 * all of them serve.
 *
 * @throws EnginesError `missing`, `failed`; then nothing is left running
 */
export async function startEngines<Name extends EngineName>({
  which,
  folder,
  shortLived = false,
  onProgress = () => undefined,
}: StartEnginesOptions<Name>): Promise<Engines<Name>> {
  await prepareEngines(which, onProgress)
  const removeFolder = folder === undefined
  // Engines run in folders of their own, in which a relative path would mean another folder.
  const root =
    folder === undefined ? await mkdtemp(join(tmpdir(), 'rookery-engines-')) : resolve(folder)
  const running = new Map<Name, RunningEngine>()
  const stop = async (): Promise<void> => {
    await Promise.all([...running.values()].map((engine) => engine.stop()))
    if (removeFolder) {
      await Promise.all([...running.values()].map((engine) => engine.removeFolder()))
      await rmdir(root).catch(() => undefined)
    }
  }
  const starts = await Promise.allSettled(
    which.map(async (name) => {
      const home = { folder: join(root, name), ownerPid: process.pid, removeFolder, shortLived }
      running.set(name, await startOne(name, home, onProgress))
    }),
  )
  const failed = starts.find((start) => start.status === 'rejected')
  if (failed !== undefined) {
    await stop()
    throw failed.reason
  }
  const engine = (name: Name): RunningEngine => {
    const found = running.get(name)
    if (found === undefined) throw new RangeError(`${name} was not started`)
    return found
  }
  return {
    variables: variablesOf(which.map((name) => [name, engine(name)])),
    kill: (name) => engine(name).kill(),
    freeze: (name) => engine(name).freeze(),
    thaw: (name) => engine(name).thaw(),
    folderOf: (name) => engine(name).place.folder,
    restart: (name) => engine(name).restart(),
    stop,
  }
}

export async function startOne(
  name: EngineName,
  home: EngineHome,
  onProgress: (line: string) => void,
): Promise<RunningEngine> {
  const startedAt = Date.now()
  const engine = await RunningEngine.start(engines[name], home)
  onProgress(`${name} is up after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
  return engine
}

function variablesOf<Name extends EngineName>(
  running: readonly (readonly [Name, RunningEngine])[],
): EngineVariables<Name> {
  const each = running.map(([name, { place }]) => engines[name].variables(place))
  return Object.assign({}, ...each) as EngineVariables<Name>
}
