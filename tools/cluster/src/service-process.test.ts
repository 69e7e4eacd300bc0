import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { freePorts } from '@rookery/engines'
import { spawn } from 'node:child_process'
import { EventEmitter, on, once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ServiceProcess } from './service-process.ts'

/** Ready at once. It ends at a request for `/end`. */
const program = `
const { createServer } = require('node:http')
if (process.env.NEVER_READY) process.exit(3)
createServer((request, response) => {
  if (request.url === '/end') process.exit(7)
  response.end('ready')
}).listen(Number(process.env.PORT), '127.0.0.1')
`

describe('service process', () => {
  let folder: string
  let service: ServiceProcess
  const said = new EventEmitter()

  async function make(env: Record<string, string> = {}): Promise<ServiceProcess> {
    const onLine = (_name: string, line: string): boolean => said.emit('line', line)
    const main = join(folder, 'main.cjs')
    const [port = 0] = await freePorts(1)
    return new ServiceProcess({ name: 'one', main, env, port, onLine })
  }
  const lineWith = async (text: string): Promise<string> => {
    for await (const [line] of on(said, 'line'))
      if (String(line).includes(text)) return String(line)
    return ''
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rookery-service-'))
    writeFileSync(join(folder, 'main.cjs'), program)
    service = await make()
  })
  afterEach(async () => {
    await service.stop('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  it('is restarted on its port when it ends without a stop', async () => {
    service.start()
    await service.ready(10_000)
    const line = lineWith('ended without a stop')
    await fetch(`http://127.0.0.1:${service.port}/end`).catch(() => undefined)
    expect(JSON.parse(await line)).toMatchObject({ service: 'one', exit: 7, restarted: 1 })
    await service.ready(10_000)
    expect(service.restarted).toBe(1)
  })

  it('is restarted when a signal that was no stop ends it', async () => {
    service.start()
    await service.ready(10_000)
    const { pid } = service
    const line = lineWith('it is started again')
    service.signal('SIGKILL')
    expect(JSON.parse(await line)).toMatchObject({ exit: 'SIGKILL', afterMs: 100 })
    await service.ready(10_000)
    expect(service.pid).not.toBe(pid)
  })

  it('stays down after a stop by any signal, until it is started', async () => {
    service.start()
    await service.ready(10_000)
    const line = lineWith('ended')
    await service.stop('SIGKILL')
    expect(await line).toBe('ended (SIGKILL)')
    expect(service.pid).toBeNull()
    await expect(service.ready(10_000)).rejects.toThrow('ended while it was starting')
    service.start()
    await service.ready(10_000)
    expect(service.restarted).toBe(0)
  })

  it('stays down when a stop comes between its end and the next start', async () => {
    service.start()
    await service.ready(10_000)
    const line = lineWith('it is started again')
    service.signal('SIGKILL')
    await line
    await service.stop()
    await expect(service.ready(10_000)).rejects.toThrow('ended while it was starting')
  })

  it('stays down if restarts are switched off', async () => {
    service.start()
    await service.ready(10_000)
    service.restarts = false
    const line = lineWith('ended without a stop')
    service.signal('SIGKILL')
    expect(JSON.parse(await line)).toMatchObject({ level: 'error', msg: 'ended without a stop' })
    await expect(service.ready(10_000)).rejects.toThrow('ended while it was starting')
  })

  it('is not restarted if it was never ready', async () => {
    service = await make({ NEVER_READY: '1' })
    service.start()
    await expect(service.ready(10_000)).rejects.toThrow('ended while it was starting')
    expect(service.restarted).toBe(0)
  })

  it('ends with the process that started it, in whatever way that died', async () => {
    const [port = 0] = await freePorts(1)
    const module = new URL('../dist/index.js', import.meta.url).href
    const options = JSON.stringify({ name: 'one', main: join(folder, 'main.cjs'), env: {}, port })
    const runner = `
      import { ServiceProcess } from ${JSON.stringify(module)}
      const service = new ServiceProcess({ ...${options}, onLine: () => {} })
      service.start()
      await service.ready(10_000)
      console.log(service.pid)
    `
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', runner])
    const [said] = (await once(owner.stdout, 'data')) as [Buffer]
    const pid = Number(said.toString())
    expect(isRunning(pid)).toBe(true)
    owner.kill('SIGKILL')
    while (isRunning(pid)) await delay(20)
  })
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
