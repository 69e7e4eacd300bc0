import { chmodSync, closeSync, constants, openSync, statSync } from 'node:fs'

const ownerOnly = 0o600
const othersBits = 0o077
/** What SQLite keeps beside a database; it makes them with the mode of the database itself. */
const companions = ['', '-wal', '-shm', '-journal']

/**
 * Makes a database's file if missing, readable by its owner only whatever the umask, and takes
 * others' rights from files that an older release made.
 */
export function makePrivate(file: string): void {
  closeSync(openSync(file, constants.O_RDWR | constants.O_CREAT, ownerOnly))
  for (const companion of companions) tighten(`${file}${companion}`)
}

function tighten(file: string): void {
  try {
    if ((statSync(file).mode & othersBits) !== 0) chmodSync(file, ownerOnly)
  } catch {
    // It is not there, or is somebody else's, who decides.
  }
}
