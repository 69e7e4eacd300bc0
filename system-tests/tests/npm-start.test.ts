import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from '@jest/globals'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

/** Runs `npm start` on free ports, and resolves when it says that it is ready. */
async function npmStart(): Promise<{ npm: ChildProcess; url: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-npm-'))
  folders.push(folder)
  const apiPort = await freePort()
  const npm = spawn('npm', ['start'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      API_PORT: String(apiPort),
      CHAT_PORT: '0',
      DATA_DIR: join(folder, 'data'),
      LOG_LEVEL: 'error',
    },
  })
  let output = ''
  npm.stdout?.on('data', (data: Buffer) => (output += data.toString()))
  while (!output.includes('Rookery is ready')) await once(npm.stdout!, 'data')
  return { npm, url: `http://127.0.0.1:${apiPort}/health` }
}

/** True if the platform stops answering within 10 s. */
async function isGone(url: string): Promise<boolean> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline;) {
    const answer = await fetch(url).catch(() => null)
    if (answer === null) return true
    await answer.text()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}

describe('npm start', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'npm start drains and exits 0 when npm gets %s',
    async (signal) => {
      const { npm, url } = await npmStart()
      npm.kill(signal)
      expect(await once(npm, 'exit')).toEqual([0, null])
      expect(await isGone(url)).toBe(true)
    },
    60_000,
  )

  it.each(['SIGHUP', 'SIGKILL'] as const)(
    'npm start leaves no process behind when npm ends by %s',
    async (signal) => {
      const { npm, url } = await npmStart()
      npm.kill(signal)
      await once(npm, 'exit')
      expect(await isGone(url)).toBe(true)
    },
    60_000,
  )
})
