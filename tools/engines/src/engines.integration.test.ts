import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { converse } from './exchange.ts'
import { sharedEngines } from './shared-engines.ts'
import { type Engines, startEngines } from './start-engines.ts'

jest.setTimeout(60_000)

/** The answer of a Redis, or null if there is none. */
async function ask(url: string, command: string): Promise<string | null> {
  let answer: string | null = null
  const { port } = new URL(url)
  await converse(Number(port), async (peer) => {
    peer.send(`${command}\r\n`)
    answer = (await peer.receive((bytes) => bytes.includes('\r\n'))).toString().trim()
  }).catch(() => undefined)
  return answer
}

function accepts(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

const untilGone = async (url: string): Promise<void> => {
  while (await accepts(url)) await sleep(50)
}

describe('engines of a process', () => {
  let engines: Engines<'redis'> | null = null
  const start = async (folder?: string): Promise<string> => {
    engines = await startEngines({ which: ['redis'], ...(folder === undefined ? {} : { folder }) })
    return engines.variables.REDIS_URL
  }
  afterEach(() => engines?.stop())

  it('serve after their start, and are gone after their stop', async () => {
    const url = await start()
    expect(await ask(url, 'PING')).toBe('+PONG')
    await engines?.stop()
    expect(await accepts(url)).toBe(false)
  })

  it('may keep their data in a folder with a relative path', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rookery-relative-'))
    try {
      expect(await ask(await start(relative(process.cwd(), folder)), 'PING')).toBe('+PONG')
      expect(existsSync(join(folder, 'redis', 'log.txt'))).toBe(true)
      await engines?.stop()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('write files for their owner only, even in a folder that others could read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rookery-private-'))
    const redis = join(folder, 'redis')
    try {
      mkdirSync(redis, { mode: 0o755 })
      await start(folder)
      const modes = [redis, join(redis, 'log.txt')].map((path) => statSync(path).mode & 0o077)
      expect(modes).toEqual([0, 0])
    } finally {
      await engines?.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('come back at the same ports after they were killed', async () => {
    const url = await start()
    await engines?.kill('redis')
    expect(await accepts(url)).toBe(false)
    await engines?.restart('redis')
    expect(await ask(url, 'PING')).toBe('+PONG')
  })

  it('accept connections and answer nothing while they are frozen', async () => {
    const url = await start()
    engines?.freeze('redis')
    expect(await accepts(url)).toBe(true)
    expect(await ask(url, 'PING')).toBeNull()
    engines?.thaw('redis')
    expect(await ask(url, 'PING')).toBe('+PONG')
  })

  it('stop even when they are frozen', async () => {
    const url = await start()
    engines?.freeze('redis')
    await engines?.stop()
    expect(await accepts(url)).toBe(false)
  })

  it('keep a folder that they were given', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rookery-engines-'))
    await start(folder)
    await engines?.stop()
    expect(existsSync(join(folder, 'redis', 'log.txt'))).toBe(true)
    rmSync(folder, { recursive: true })
  })

  it('report the engine’s output if it does not start', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rookery-engines-'))
    mkdirSync(join(folder, 'redis'))
    writeFileSync(join(folder, 'redis', 'dump.rdb'), 'not a dump')
    await expect(startEngines({ which: ['redis'], folder })).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('Wrong signature'),
    })
    rmSync(folder, { recursive: true })
  })
})

describe('the command', () => {
  let child: ChildProcess | null = null
  const run = async (...names: string[]): Promise<Map<string, string>> => {
    const main = fileURLToPath(new URL('main.ts', import.meta.url))
    const flags = ['--conditions=@rookery/source', '--import', 'tsx']
    const started = spawn(process.execPath, [...flags, main, ...names], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    child = started
    const variables = new Map<string, string>()
    let text = ''
    for await (const chunk of started.stdout) {
      text += String(chunk)
      if (text.split('\n').length > names.length) break
    }
    for (const line of text.trim().split('\n')) {
      const [name = '', value = ''] = line.split('=')
      variables.set(name, value)
    }
    return variables
  }
  afterEach(() => void child?.kill('SIGKILL'))

  it('prints the addresses of the engines, and stops them when it is interrupted', async () => {
    const url = (await run('redis')).get('REDIS_URL') ?? ''
    expect(await ask(url, 'PING')).toBe('+PONG')
    child?.kill('SIGINT')
    await untilGone(url)
  })

  it('ends its engines when it is killed', async () => {
    const url = (await run('redis')).get('REDIS_URL') ?? ''
    expect(await accepts(url)).toBe(true)
    child?.kill('SIGKILL')
    await untilGone(url)
  })

  it('refuses an unknown name', async () => {
    await run('mongodb')
    const code = child?.exitCode ?? (await new Promise((resolve) => child?.once('exit', resolve)))
    expect(code).toBe(1)
  })
})

describe('shared engines', () => {
  it('are started once for all callers', async () => {
    const [one, other] = await Promise.all([sharedEngines(['redis']), sharedEngines(['redis'])])
    expect(one).toEqual(other)
    expect(await sharedEngines(['redis'])).toEqual(one)
    expect(await ask(one.REDIS_URL, 'PING')).toBe('+PONG')
  })
})
