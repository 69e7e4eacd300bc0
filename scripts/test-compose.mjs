// The container stack, for real: builds the image, starts everything with two chat servers, chats,
// scales, kills, restarts, and takes it down. It needs Docker with Compose. It uses ports, volumes,
// secrets and a network of its own, so a stack in use is not touched. Ends with "N passed, N
// failed".
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, setUp, stop } from './lib/set-up.mjs'

const project = 'rookery-test'
const folder = mkdtempSync(join(tmpdir(), 'rookery-compose-'))
const report = join(folder, 'report.json')
const [apiPort, chatPort] = [await freePort(), await freePort()]
Object.assign(process.env, {
  COMPOSE_PROJECT_NAME: project,
  COMPOSE_PROGRESS: 'plain',
  ROOKERY_TAG: 'test',
  SECRETS_DIR: folder,
  EDGE_SUBNET: '10.213.78.0/24',
  PUBLISH_ADDRESS: '127.0.0.1',
  API_PORT: String(apiPort),
  CHAT_PORT: String(chatPort),
  ADVERTISED_HOST: '127.0.0.1',
  ADVERTISED_PORT: String(chatPort),
  ROOKERY_URL: `http://127.0.0.1:${apiPort}`,
})
if (process.getuid !== undefined && process.getuid() !== 0)
  Object.assign(process.env, {
    SERVICE_UID: String(process.getuid()),
    SERVICE_GID: String(process.getgid()),
  })
let passed = 0
let failed = 0
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void takenDown().then(() => process.exit(1)))

if (!(await succeeds('docker', ['compose', 'version'], 'ignore'))) {
  rmSync(folder, { recursive: true, force: true })
  stop('Docker with Compose is needed, and its engine must run')
}
setUp()
await check('secrets', process.execPath, [join(root, 'scripts', 'secrets.mjs'), folder])
const up = ['up', '-d', '--wait', '--wait-timeout', '300', '--scale', 'chat-server=2']
const isUp =
  (await check('build', 'docker', ['compose', 'build'])) &&
  (await check('up', 'docker', ['compose', ...up]))
if (isUp) await tests()
if (failed > 0) await logs()
if (await takenDown()) passed += 1
else failed += 1
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)

async function tests() {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js')
  const config = join(root, 'system-tests', 'compose', 'jest.config.js')
  const flags = ['--experimental-vm-modules', '--no-warnings', jest]
  const args = ['--config', config, '--verbose', '--json', `--outputFile=${report}`]
  const ok = await timed('tests', process.execPath, [...flags, ...args])
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'))
    passed += result.numPassedTests
    failed += result.numFailedTests + result.numRuntimeErrorTestSuites + result.numPendingTests
  } catch {
    failed += 1
  }
  if (!ok && failed === 0) failed = 1
}

async function takenDown() {
  const ok = await timed('down', 'docker', ['compose', 'down', '-v', '--remove-orphans'])
  rmSync(folder, { recursive: true, force: true })
  return ok
}

async function logs() {
  await succeeds('docker', ['compose', 'ps', '-a'], 'inherit')
  await succeeds('docker', ['compose', 'logs', '--no-color', '--tail', '40'], 'inherit')
}

async function check(name, command, args) {
  const ok = await timed(name, command, args)
  if (ok) passed += 1
  else failed += 1
  return ok
}

async function timed(name, command, args) {
  const started = Date.now()
  process.stdout.write(`── ${name}\n`)
  const ok = await succeeds(command, args, 'inherit')
  process.stdout.write(`   ${ok ? 'done' : 'FAILED'} after ${Date.now() - started} ms\n`)
  return ok
}

/** Waits without blocking, so that a signal is handled. */
async function succeeds(command, args, stdio) {
  const child = spawn(command, args, { cwd: root, stdio })
  try {
    const [code] = await once(child, 'exit')
    return code === 0
  } catch {
    return false
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
