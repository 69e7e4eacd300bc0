import { describe, expect, it } from '@jest/globals'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const index = join(import.meta.dirname, 'index.ts')

async function start(body: string): Promise<{ child: ChildProcess; out: () => string }> {
  const script = `import { runService, ConfigError } from ${JSON.stringify(index)}
    const alive = setInterval(() => {}, 1000)
    runService('test', async ({ logger, signal }) => { ${body} })`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (out += data.toString()))
  return { child, out: () => out }
}

async function said(run: { child: ChildProcess; out: () => string }, text: string): Promise<void> {
  while (!run.out().includes(text)) await once(run.child.stdout!, 'data')
}

describe('runService', () => {
  it('closes on SIGTERM and exits 0', async () => {
    const run = await start(
      `logger.info('up'); return { close: async () => logger.info('closed ' + signal.aborted) }`,
    )
    await said(run, 'up')
    run.child.kill('SIGTERM')
    expect(await once(run.child, 'close')).toEqual([0, null])
    expect(run.out()).toContain('closed true')
  })

  it('exits at once on a second signal', async () => {
    const run = await start(
      `logger.info('up'); return { close: () => { logger.info('closing'); return new Promise(() => {}) } }`,
    )
    await said(run, 'up')
    run.child.kill('SIGTERM')
    await said(run, 'closing')
    run.child.kill('SIGINT')
    expect(await once(run.child, 'close')).toEqual([1, null])
  })

  it('logs an uncaught error, closes and exits 1', async () => {
    const run = await start(
      `setTimeout(() => { throw new Error('boom') }); return { close: async () => logger.info('closed') }`,
    )
    expect(await once(run.child, 'close')).toEqual([1, null])
    expect(run.out()).toContain('boom')
    expect(run.out()).toContain('closed')
  })

  it.each([
    [`throw new ConfigError('PORT', 'is wrong')`, 'test: PORT: is wrong\n'],
    [
      `throw Object.assign(new Error('x'), { code: 'EADDRINUSE', port: 3000 })`,
      'test: port 3000 is in use by another process\n',
    ],
    [
      `throw Object.assign(new Error('listen EADDRNOTAVAIL: 192.0.2.1'), { syscall: 'listen' })`,
      'test: listen EADDRNOTAVAIL: 192.0.2.1\n',
    ],
  ])('answers a start that the operator can mend with one line: %s', async (body, line) => {
    const run = await start(body)
    expect(await once(run.child, 'close')).toEqual([1, null])
    expect(run.out()).toBe(line)
  })
})
