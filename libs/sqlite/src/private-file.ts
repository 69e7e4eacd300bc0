import { chmodSync, closeSync, constants, openSync, statSync } from 'node:fs'

const ownerOnly = 0o600
const othersBits = 0o077
/** The suffixes of the database's file and of the files that SQLite keeps beside it. */
const companions = ['', '-wal', '-shm', '-journal']

/**
 * Creates a database's file if it is missing, readable by its owner only. Removes the rights of
 * others from existing files, which an older release may have created.
 */
export function makePrivate(file: string): void {
  closeSync(openSync(file, constants.O_RDWR | constants.O_CREAT, ownerOnly))
  for (const companion of companions) restrict(`${file}${companion}`)
}

function restrict(file: string): void {
  try {
    if ((statSync(file).mode & othersBits) !== 0) chmodSync(file, ownerOnly)
  } catch {
    // The file does not exist, or belongs to another user, who decides about its rights.
  }
}
