import { open, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { failedSyncs } from './wal-sync.ts'

/**
 * More than any single write, so that the disk counts as full a little before a write fails.
 */
const probeBytes = Buffer.alloc(64 * 1024)

/**
 * Returns a check of the folder's disk. The check rejects with the system's error if the disk takes
 * no data now, for example `ENOSPC` or `EROFS`. It rejects with `sync_failed` if a sync of a
 * database in the folder has failed, which only a restart mends. Concurrent checks share one probe.
 */
export function diskProbe(folder: string): () => Promise<void> {
  const file = join(folder, 'probe.tmp')
  let running: Promise<void> | null = null
  return () => (running ??= probe(file).finally(() => (running = null)))
}

async function probe(file: string): Promise<void> {
  for (const [path, failure] of failedSyncs)
    if (resolve(dirname(path)) === resolve(dirname(file))) throw failure
  try {
    const handle = await open(file, 'w', 0o600)
    try {
      await handle.writeFile(probeBytes)
      await handle.datasync()
    } finally {
      await handle.close()
    }
  } finally {
    await rm(file, { force: true })
  }
}
