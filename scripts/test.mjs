// Format, lint, types, all tests, and the socket and REST tests once more against a cluster of processes on the real engines. Ends with
// "N passed, N failed" over everything that ran. Arguments go to the first run of jest alone, which then is the only one.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, setUp } from './set-up.mjs'

setUp()
const folder = mkdtempSync(join(tmpdir(), 'rookery-test-'))
const only = process.argv.slice(2)
let passed = 0
let failed = 0

if (only.length > 0) await jest('tests', only)
else {
  await check('format', bin('prettier', 'bin/prettier.cjs'), [
    '--check',
    '--log-level',
    'warn',
    '.',
  ])
  await check('lint', bin('oxlint', 'bin/oxlint'), ['--type-aware'])
  await check('types', bin('typescript', 'bin/tsc'), ['-b'])
  await jest('tests', [])
  await againstClusters()
}
rmSync(folder, { recursive: true, force: true })
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)

/** The same tests, by the same bare sockets: two of each service, members spread over both chat servers. */
async function againstClusters() {
  const many = '100000'
  const quick = {
    JWT_SECRET: 'a-secret-for-tests-of-at-least-256-bits',
    PASSWORD_HASH_MEMORY_KIB: '19456',
    PASSWORD_HASH_PASSES: '2',
    RATE_LIMIT_REGISTER: '100000/1m',
    RATE_LIMIT_LOGIN_ADDRESS: '100000/1m',
    RATE_LIMIT_MESSAGES: '1000/1s',
    RATE_LIMIT_REQUESTS: '1000/1s',
    LOG_LEVEL: 'error',
  }
  const strict = { ACCESS_TOKEN_TTL: '60s', HEARTBEAT_INTERVAL: '1s' }
  const lenient = {
    RATE_LIMIT_SOCKET_REQUESTS_PER_SECOND: many,
    RATE_LIMIT_SOCKET_REQUEST_BURST: many,
    RATE_LIMIT_MESSAGES_PER_SECOND: many,
    RATE_LIMIT_MESSAGE_BURST: many,
    RATE_LIMIT_REFUSALS: '1000000',
    RATE_LIMIT_MESSAGES: '100000/1s',
    RATE_LIMIT_REQUESTS: '100000/1s',
    RATE_LIMIT_LOGIN: '100000/1s',
    RATE_LIMIT_LOGIN_ACCOUNT: '100000/1s',
    RATE_LIMIT_REFRESH: '100000/1s',
  }
  let engines = null
  try {
    const { startEngines, engineNames } = await import('../libs/engines/dist/index.js')
    const { startCluster } = await import('../cluster/dist/index.js')
    const onLine = (name, line) => process.stdout.write(`${name.padEnd(14)} ${line}\n`)
    process.stdout.write('── real engines\n')
    engines = await startEngines({
      which: engineNames,
      folder: join(folder, 'engines'),
      onProgress: (line) => onLine('engines', line),
    })
    for (const { title, settings, files } of [
      {
        title: 'strict',
        settings: strict,
        files: 'messages|channels\\.|connections|reads-and-presence|cluster',
      },
      { title: 'lenient', settings: lenient, files: 'bad-input|channel-model' },
    ]) {
      process.stdout.write(`── tests against a cluster of processes (${title} limits)\n`)
      const cluster = await startCluster({
        folder,
        apis: 1,
        chatServers: 2,
        dispatchers: 2,
        presence: 2,
        apiPort: 0,
        chatPort: 0,
        env: { PATH: process.env.PATH, ...engines.variables, ...quick, ...settings },
        onLine,
      })
      process.env.ROOKERY_WORLD_URL = cluster.url
      await jest(`cluster-${title}`, [
        '--selectProjects',
        'system-tests',
        '--testPathPatterns',
        files,
      ])
      await cluster.stop()
    }
  } catch (error) {
    failed += 1
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  } finally {
    await engines?.stop()
  }
}

/**
 * @param {string} title
 * @param {string[]} args
 */
async function jest(title, args) {
  process.stdout.write(['──', title, '\n'].join(' '))
  const report = join(folder, [title, 'json'].join('.'))
  const flags = ['--experimental-vm-modules', '--no-warnings']
  const status = await run(
    bin('jest', 'bin/jest.js'),
    ['--json', `--outputFile=${report}`, ...args],
    flags,
  )
  let wrong = 0
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'))
    passed += result.numPassedTests
    // A suite that could not even load has no tests to count, and a test that is not run is no pass.
    wrong = result.numFailedTests + result.numRuntimeErrorTestSuites + result.numPendingTests
  } catch {
    wrong = 1
  }
  failed += status !== 0 && wrong === 0 ? 1 : wrong
}

async function check(name, script, args) {
  process.stdout.write(['──', name, '\n'].join(' '))
  if ((await run(script, args)) === 0) passed += 1
  else failed += 1
}

function bin(name, path) {
  return join(root, 'node_modules', name, path)
}

/** Not `spawnSync`: what the cluster says must be read meanwhile. */
async function run(script, args, flags = []) {
  const child = spawn(process.execPath, [...flags, script, ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit')
  return code
}
