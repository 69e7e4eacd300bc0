import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { ServiceKitError } from './errors.ts'

const minBytes = 32

/**
 * Reads the secret in the file. A missing file is created: 32 random bytes as base64url, readable
 * by its owner only, in a folder that only its owner can open. Processes that start at the same
 * time agree on one secret.
 *
 * @throws ServiceKitError `invalid_secret_file`: unreadable, or shorter than 256 bits
 */
export function secretFile(path: string): string {
  const secret = (read(path) ?? create(path)).trim()
  if (Buffer.byteLength(secret) < minBytes) {
    throw problem(
      `${path} ${secret === '' ? 'is empty' : 'holds too short a secret'}: it needs at least ${minBytes} bytes; delete the file to get a new secret`,
    )
  }
  return secret
}

function read(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8')
    restrict(path)
    return text
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null
    throw problem(`${path} cannot be read`, { cause })
  }
}

/** Lets only the owner read the file. An editor may have made it readable for others. */
function restrict(path: string): void {
  try {
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
  } catch {
    // The file belongs to another user, who decides about its rights.
  }
}

/**
 * Writes the file under another name and links it into place, so that no process reads half of it.
 */
function create(path: string): string {
  const aside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(aside, `${randomBytes(minBytes).toString('base64url')}\n`, {
      mode: 0o600,
      flag: 'wx',
    })
    try {
      linkSync(aside, path)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    } finally {
      unlinkSync(aside)
    }
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw problem(`${path} cannot be created`, { cause })
  }
}

function problem(message: string, options?: ErrorOptions): ServiceKitError {
  return new ServiceKitError('invalid_secret_file', message, options)
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}
