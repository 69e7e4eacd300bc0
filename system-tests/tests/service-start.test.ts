import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'

const services = join(dirname(fileURLToPath(import.meta.url)), '../../services')
/** An address at which nothing listens. */
const away = '127.0.0.1:1'
const engines = {
  KAFKA_BROKERS: away,
  CASSANDRA_CONTACT_POINTS: away,
  REDIS_URL: `redis://${away}`,
  ZOOKEEPER_CONNECT: away,
  MYSQL_URL: `mysql://root@${away}/rookery`,
  HOST: '127.0.0.1',
}

function start(service: string, env: Record<string, string>, args: string[] = []) {
  const child = spawn(process.execPath, [join(services, service, 'dist/main.js'), ...args], {
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...env },
    cwd: tmpdir(),
  })
  const output = { out: '', err: '' }
  child.stdout.on('data', (data: Buffer) => (output.out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (output.err += data.toString()))
  return { child, output }
}

async function ended(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

function secretIn(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'rookery-secret-')), 'jwt_secret.txt')
  writeFileSync(file, text)
  return file
}

describe('a service process', () => {
  it.each(['api', 'chat-server', 'dispatcher', 'presence'])(
    'the %s lists its settings with --help',
    async (name) => {
      const { child, output } = start(name, {}, ['--help'])
      expect(await ended(child)).toBe(0)
      for (const variable of ['PORT', 'KAFKA_BROKERS', 'REDIS_URL_FILE', 'LOG_LEVEL'])
        expect(output.out).toContain(variable)
    },
  )

  it.each([
    ['a missing engine', { ...engines, KAFKA_BROKERS: '' }, 'KAFKA_BROKERS'],
    ['a broken number', { ...engines, KAFKA_PARTITIONS: 'many' }, 'KAFKA_PARTITIONS'],
    ['no key for tokens', engines, 'JWT_SECRET'],
    [
      'a key file that does not exist',
      { ...engines, JWT_SECRET_FILE: '/nowhere' },
      'JWT_SECRET_FILE',
    ],
    ['an empty key file', { ...engines, JWT_SECRET_FILE: secretIn('') }, 'JWT_SECRET'],
    ['too short a key', { ...engines, JWT_SECRET_FILE: secretIn('short') }, '32 bytes'],
  ])('a service stops at its start with one line for %s', async (_what, env, said) => {
    const { child, output } = start('chat-server', env)
    expect(await ended(child)).toBe(1)
    expect(output.err.trim().split('\n')).toHaveLength(1)
    expect(output.err).toContain(said)
    expect(output.out).toBe('')
  })

  it('a service waits for engines that are away, names them, and stops in order', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    server.close()
    const { child, output } = start('dispatcher', { ...engines, PORT: String(port) })
    const url = `http://127.0.0.1:${port}`
    let health = 0
    for (const deadline = Date.now() + 10_000; health !== 200 && Date.now() < deadline;) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      health = await fetch(`${url}/health`).then(
        (response) => response.status,
        () => 0,
      )
    }
    expect(health).toBe(200)
    const ready = await fetch(`${url}/ready`)
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({ dependencies: { kafka: { ok: false } } })
    for (
      const deadline = Date.now() + 10_000;
      !output.out.includes('waiting for kafka') && Date.now() < deadline;
    )
      await new Promise((resolve) => setTimeout(resolve, 100))
    expect(output.out).toContain('waiting for kafka')
    child.kill('SIGTERM')
    expect(await ended(child)).toBe(0)
  })
})
