// Creates the missing secrets of `docker compose`: files of mode 600 in secrets/ (or in the given
// folder). It needs only Node.
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = process.argv[2] ?? join(root, 'secrets')
const names = ['jwt_secret', 'db_password', 'db_root_password']
/** The user that the image runs as, unless SERVICE_UID names another. */
const imageUser = 1000

try {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const owners = names.map((name) => ownerOf(made(join(folder, `${name}.txt`))))
  const [{ uid, gid }] = owners
  if (owners.some((owner) => owner.uid !== uid))
    stop(`the files in ${folder} belong to different users; give them to one (chown)`)
  if (uid !== imageUser && process.platform === 'linux')
    process.stdout.write(
      `Put these two lines into .env, so that the services may read the files:\nSERVICE_UID=${uid}\nSERVICE_GID=${gid}\n`,
    )
} catch (error) {
  stop(error.message)
}

/**
 * Keeps existing secrets, because the data in the volumes needs its passwords, and the log-ins need
 * the key.
 */
function made(path) {
  try {
    writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 })
    process.stdout.write(`made ${path}\n`)
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  chmodSync(path, 0o600)
  return path
}

/** A service must not run as root, so root gives the files to the user of the image. */
function ownerOf(path) {
  if (statSync(path).uid === 0 && process.getuid?.() === 0) chownSync(path, imageUser, imageUser)
  return statSync(path)
}

function stop(line) {
  process.stderr.write(`secrets: ${line}\n`)
  process.exit(1)
}
