import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Fault } from '../fault.ts'
import { enginesOf } from './victim.ts'

const run = promisify(execFile)
const fullMs = 20_000
/** The free space when the engine starts on its small disk. */
const roomMb = 192

/**
 * The data of an engine is moved to a small disk, which fills up. Later the engine gets its old
 * disk back, with all that it wrote, and starts again.
 */
export function diskFull(engine: 'kafka' | 'cassandra', boundMs: number): Fault {
  return {
    name: `disk full under ${engine} for ${fullMs / 1000} s`,
    boundMs,
    measuredFrom: 'heal',
    holdMs: fullMs,
    apply: async ({ cluster }) => {
      const engines = enginesOf(cluster)
      const folder = engines.folderOf(engine)
      const aside = await mkdtemp(join(tmpdir(), `rookery-disk-${engine}-`))
      const size = await smallDisk(folder)
      await engines.kill(engine)
      await copy(folder, aside)
      await run('mount', ['-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', folder])
      await copy(aside, folder)
      await engines.restart(engine)
      const filler = join(folder, 'filler')
      await fill(filler)
      return async () => {
        await engines.kill(engine)
        await rm(filler)
        await rm(aside, { recursive: true })
        await copy(folder, aside)
        // The shell that watched the engine may still have the folder as its working directory.
        await run('umount', ['--lazy', folder])
        await rm(folder, { recursive: true })
        await copy(aside, folder)
        await rm(aside, { recursive: true })
        await engines.restart(engine)
      }
    },
  }
}

/** Keeps files sparse, because Kafka's indexes are mostly holes. */
async function copy(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  await run('cp', ['-a', '--sparse=always', `${from}/.`, to])
}

async function smallDisk(folder: string): Promise<number> {
  const { stdout } = await run('du', ['-sm', folder])
  return Number(stdout.split('\t')[0]) + roomMb
}

/** Writes until there is no room for one byte more. */
async function fill(path: string): Promise<void> {
  const chunk = Buffer.alloc(1024 * 1024)
  const stream = createWriteStream(path)
  const code = await new Promise<unknown>((resolve) => {
    stream.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    const write = (): void => void stream.write(chunk, (error) => error ?? write())
    write()
  })
  stream.destroy()
  if (code !== 'ENOSPC') throw new Error(`the disk did not fill up: ${String(code)}`)
}
