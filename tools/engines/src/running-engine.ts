import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine, Place } from './engine.ts'
import { EnginesError } from './engines-error.ts'
import { freePorts } from './free-ports.ts'
import { type SupervisedProcess, superviseProcess } from './supervised-process.ts'

const maxAttempts = 3
const startTimeoutMs = 120_000
const probePauseMs = 50

export interface EngineHome {
  folder: string
  ownerPid: number
  removeFolder: boolean
  shortLived: boolean
}

/** One engine over its restarts, with the same ports and data. */
export class RunningEngine {
  readonly place: Place
  readonly #engine: Engine
  readonly #home: EngineHome
  #process: SupervisedProcess

  private constructor(engine: Engine, home: EngineHome, place: Place, process: SupervisedProcess) {
    this.#engine = engine
    this.#home = home
    this.place = place
    this.#process = process
  }

  /**
   * Starts one of several nodes, on ports that were chosen for all of them. @throws EnginesError
   * `failed`
   */
  static async startAt(engine: Engine, home: EngineHome, place: Place): Promise<RunningEngine> {
    await makePrivate(home.folder)
    return new RunningEngine(engine, home, place, await launch(engine, home, place))
  }

  /** @throws EnginesError `failed`, with the last output of the engine */
  static async start(engine: Engine, home: EngineHome): Promise<RunningEngine> {
    await makePrivate(home.folder)
    for (let attempt = 1; ; attempt += 1) {
      const { folder, shortLived } = home
      const place = { folder, shortLived, ports: await freePorts(engine.portCount) }
      try {
        return new RunningEngine(engine, home, place, await launch(engine, home, place))
      } catch (error) {
        // Another program took a port since it was found free.
        const unlucky =
          error instanceof EnginesError && /address already in use/i.test(error.message)
        if (!unlucky || attempt === maxAttempts) throw error
        await writeFile(join(home.folder, 'log.txt'), '')
      }
    }
  }

  async stop(): Promise<void> {
    await this.#process.stop()
  }

  /** Kills it, as a crash does. Returns when it is gone. */
  async kill(): Promise<void> {
    await this.#process.kill()
  }

  /** Its connections stay open, but it answers nothing. */
  freeze(): void {
    this.#process.signal('SIGSTOP')
  }

  thaw(): void {
    this.#process.signal('SIGCONT')
  }

  /** Stops it if it runs, and starts it again. Resolves when it serves. */
  async restart(): Promise<void> {
    await this.stop()
    this.#process = await launch(this.#engine, this.#home, this.place)
  }

  async removeFolder(): Promise<void> {
    await rm(this.#home.folder, { recursive: true, force: true })
  }
}

/**
 * An engine's data and log are for their owner only, including those that an older release created.
 */
async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
}

async function launch(engine: Engine, home: EngineHome, place: Place): Promise<SupervisedProcess> {
  const command = await engine.command(place)
  const process = await superviseProcess({ ...home, command })
  try {
    await untilItServes(engine, place, process)
    return process
  } catch (error) {
    await process.kill()
    throw error
  }
}

async function untilItServes(
  engine: Engine,
  place: Place,
  process: SupervisedProcess,
): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  for (;;) {
    let cause: unknown
    try {
      await engine.probe(place)
      // Another program on the same port may have answered in its place.
      if (process.running) return
    } catch (error) {
      cause = error
    }
    const printed = `; it printed last:\n${process.lastLines}`
    if (!process.running) throw new EnginesError('failed', `${engine.name} ended at once${printed}`)
    if (Date.now() > deadline) {
      const late = `${engine.name} does not answer after ${startTimeoutMs / 1000} s${printed}`
      throw new EnginesError('failed', late, { cause })
    }
    await sleep(probePauseMs)
  }
}
