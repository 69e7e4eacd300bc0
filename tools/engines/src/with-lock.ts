import { lockFolder, SqliteError } from '@rookery/sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs `work` while no other process holds the folder's lock. The system frees the lock of a dead
 * process.
 */
export async function withLock<T>(
  folder: string,
  work: () => Promise<T>,
  onWait: () => void = () => undefined,
): Promise<T> {
  let waited = false
  for (;;) {
    const release = tryLock(folder)
    if (release !== null) {
      try {
        return await work()
      } finally {
        release()
      }
    }
    if (!waited) onWait()
    waited = true
    await sleep(100)
  }
}

function tryLock(folder: string): (() => void) | null {
  try {
    return lockFolder(folder)
  } catch (error) {
    if (error instanceof SqliteError && error.code === 'data_folder_in_use') return null
    throw error
  }
}
