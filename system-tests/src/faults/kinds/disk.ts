import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Fault } from '../fault.ts'
import { enginesOf } from './victim.ts'

const run = promisify(execFile)
const fullMs = 20_000
/** What is left when the engine begins on its small disk. */
const roomMb = 192

/** An engine whose data lies on a disk of its own, which fills up; then space is made, and the engine is started again. */
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
      const disk = await smallDisk(folder)
      await engines.kill(engine)
      await rename(folder, join(aside, 'data'))
      await mkdir(folder)
      await run('mount', ['-t', 'tmpfs', '-o', `size=${disk}m`, 'tmpfs', folder])
      await cp(join(aside, 'data'), folder, { recursive: true })
      await engines.restart(engine)
      const filler = join(folder, 'filler')
      await fill(filler)
      return async () => {
        await rm(filler)
        await engines.restart(engine)
        // Back to where it was, so that the next fault finds all as before.
        await engines.kill(engine)
        await rm(join(aside, 'data'), { recursive: true })
        await cp(folder, join(aside, 'data'), { recursive: true })
        // The shell that watched the engine may still stand in it.
        await run('umount', ['--lazy', folder])
        await rm(folder, { recursive: true })
        await cp(join(aside, 'data'), folder, { recursive: true })
        await engines.restart(engine)
        await rm(aside, { recursive: true })
      }
    },
  }
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
