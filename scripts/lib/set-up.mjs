// Prepares a fresh clone, and does nothing that is done already. Plain JavaScript without
// dependencies, because it runs before any are installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const leastNode = [20, 19]

/**
 * Installs the locked packages if they are missing or differ, and compiles these projects and their
 * dependencies; without projects, everything. Exits with 1 and one line if it cannot.
 * @param {string[]} projects
 */
export function setUp(...projects) {
  endWithNpm()
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1]))
    stop(`Node ${leastNode.join('.')} or newer is needed, this is ${process.versions.node}`)
  const stamp = join(root, 'node_modules', '.rookery-lock')
  const lock = hashOf(join(root, 'package-lock.json'))
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    step('Installing packages (once, up to a minute) …', 'npm', [
      'ci',
      '--include=dev',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ])
    writeFileSync(stamp, lock)
  }
  const compiled = existsSync(join(root, projects[0] ?? 'services/standalone', 'dist'))
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  step(compiled ? null : 'Compiling …', process.execPath, [tsc, '-b', ...projects])
  const serves = ['services/standalone', 'services/api']
  if (projects.length === 0 || projects.some((project) => serves.includes(project))) buildPages()
}

/** Builds the web pages if their sources have changed since the last build. */
function buildPages() {
  const stamp = join(root, 'web', 'dist', '.sources')
  const sources = hashOfAll('package-lock.json', 'web', 'libs/client/src', 'libs/protocol/src')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return
  step('Building the web pages …', process.execPath, [join(root, 'web', 'build.mjs')])
  writeFileSync(stamp, sources)
}

/**
 * npm passes SIGTERM and SIGINT on to its command. If npm ends in another way (SIGHUP, SIGKILL),
 * its command would live on.
 */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return
  const npm = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === npm) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGHUP')
  }, 500)
  watch.unref()
}

export function stop(line) {
  process.stderr.write(`rookery: ${line}\n`)
  process.exit(1)
}

function step(title, command, args) {
  if (title !== null) process.stderr.write(`${title}\n`)
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', env: quietEnv() })
  if (done.error !== undefined) stop(`${command} could not be run: ${done.error.message}`)
  if (done.status === 0) return
  process.stderr.write(`${done.stdout}${done.stderr}`)
  stop(`"${[command, ...args].join(' ')}" failed (see above)`)
}

/**
 * `npm start` passes settings to its scripts that would steer an npm which they run, such as the
 * filter of a workspace.
 */
function quietEnv() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(config_workspace|package|lifecycle)/.test(name),
    ),
  )
}

/** One hash of all files below these paths, without what is built or generated. */
function hashOfAll(...paths) {
  const hash = createHash('sha256')
  const add = (path) => {
    hash.update(path)
    hash.update(readFileSync(join(root, path)))
  }
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`
      if (entry.isFile()) add(path)
      else if (!['node_modules', 'dist', 'generated'].includes(entry.name)) walk(path)
    }
  }
  for (const path of paths) {
    if (path.includes('.')) add(path)
    else walk(path)
  }
  return hash.digest('hex')
}

function hashOf(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
