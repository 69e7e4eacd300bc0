import { chmodSync, closeSync, constants, openSync, statSync } from 'node:fs'

const ownerOnly = 0o600
const othersBits = 0o077
/** The files that SQLite keeps beside a database, with the mode of the database itself. */
const companions = ['', '-wal', '-shm', '-journal']

/**
 * Creates a database's file if it is missing, readable by its owner only whatever the umask, and
 * removes others' rights from files that an older release created.
 */
export function makePrivate(file: string): void {
  closeSync(openSync(file, constants.O_RDWR | constants.O_CREAT, ownerOnly))
  for (const companion of companions) tighten(`${file}${companion}`)
}

function tighten(file: string): void {
  try {
    if ((statSync(file).mode & othersBits) !== 0) chmodSync(file, ownerOnly)
  } catch {
    // It does not exist, or belongs to another user, who decides.
  }
}
