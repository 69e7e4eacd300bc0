import { afterAll, expect, it } from '@jest/globals'
import { freePorts } from '@rookery/engines'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')
const one = ['--chat-servers', '1', '--dispatchers', '1', '--presence', '1']
/** Relative to the root, like the default. */
const folder = mkdtempSync(join(tmpdir(), 'rookery-command-'))
let command: ChildProcess | null = null

afterAll(() => {
  command?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

it('npm run cluster prints the addresses of the services, serves clients, and stops everything at Ctrl-C', async () => {
  const [apiPort, chatPort] = await freePorts(2)
  command = spawn(
    process.execPath,
    ['scripts/run.mjs', 'cluster', ...one, '--folder', relative(root, folder)],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        API_PORT: String(apiPort),
        CHAT_PORT: String(chatPort),
      },
    },
  )
  let printed = ''
  command.stdout?.on('data', (bytes: Buffer) => (printed += bytes.toString()))
  while (!printed.includes('Rookery is ready at')) {
    if (command.exitCode !== null) throw new Error(printed)
    await delay(50)
  }
  expect(printed).toContain(`Rookery is ready at http://127.0.0.1:${apiPort}`)
  const table = ['api-1', 'chat-server-1', 'dispatcher-1', 'presence-1', 'KAFKA_BROKERS']
  for (const name of table)
    expect(printed).toMatch(new RegExp(`^${name} +127\\.0\\.0\\.1:\\d+`, 'm'))
  const made = await fetch(`http://127.0.0.1:${apiPort}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: `u${process.pid}`, password: 'correct horse battery' }),
  })
  expect(await made.json()).toMatchObject({ servers: { chat: { port: chatPort } } })
  command.kill('SIGINT')
  expect(await once(command, 'exit')).toEqual([0, null])
  for (const name of table.slice(0, 4))
    expect(printed).toMatch(new RegExp(`^${name} +ended \\(0\\)`, 'm'))
}, 120_000)
