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
  it('closes the service on SIGTERM and exits 0', async () => {
    const run = await start(
      `logger.info('up'); return { close: async () => logger.info('closed ' + signal.aborted) }`,
    )
    await said(run, 'up')
    run.child.kill('SIGTERM')
    expect(await once(run.child, 'close')).toEqual([0, null])
    expect(run.out()).toContain('closed true')
  })

  it.each(['SIGINT', 'SIGHUP'] as const)('closes the service on %s and exits 0', async (signal) => {
    const run = await start(`logger.info('up'); return { close: async () => {} }`)
    await said(run, 'up')
    run.child.kill(signal)
    expect(await once(run.child, 'close')).toEqual([0, null])
  })

  it('counts a signal that npm and a terminal both send at once as one', async () => {
    const run = await start(
      `logger.info('up'); return { close: () => new Promise((done) => setTimeout(done, 300)) }`,
    )
    await said(run, 'up')
    run.child.kill('SIGINT')
    await said(run, 'stopping')
    run.child.kill('SIGINT')
    expect(await once(run.child, 'close')).toEqual([0, null])
  })

  it('closes the service and exits 0 when the terminal is lost', async () => {
    const run = await start(
      `logger.info('up'); return { close: async () => { for (let i = 0; i < 9; i += 1) logger.info('closing') } }`,
    )
    await said(run, 'up')
    run.child.stdout?.destroy()
    run.child.stderr?.destroy()
    run.child.kill('SIGHUP')
    expect(await once(run.child, 'close')).toEqual([0, null])
  })

  it('exits 1 when the service could not close in order', async () => {
    const run = await start(
      `logger.info('up'); return { close: async () => { throw new Error('not stored') } }`,
    )
    await said(run, 'up')
    run.child.kill('SIGTERM')
    expect(await once(run.child, 'close')).toEqual([1, null])
    expect(run.out()).toContain('not stored')
  })

  it.each([
    [`Promise.reject(undefined)`, 'not an error: undefined'],
    [`setTimeout(() => { throw { a: 1 } })`, 'not an error'],
    [`setTimeout(() => { throw new Error('several\\nlines') })`, 'several'],
    [`process.emitWarning('beware'); setTimeout(() => { throw new Error('x') }, 50)`, 'beware'],
  ])('writes all its output as lines of JSON: %s', async (body, expected) => {
    const run = await start(`${body}; return { close: async () => logger.info('closed') }`)
    expect(await once(run.child, 'close')).toEqual([1, null])
    expect(run.out()).toContain(expected)
    for (const line of run.out().trimEnd().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ service: 'test' })
  })

  it('exits 1 on a second signal, though closing has not ended', async () => {
    const run = await start(
      `logger.info('up'); return { close: () => { logger.info('closing'); return new Promise(() => {}) } }`,
    )
    await said(run, 'up')
    run.child.kill('SIGTERM')
    await said(run, 'closing')
    run.child.kill('SIGINT')
    expect(await once(run.child, 'close')).toEqual([1, null])
  })

  it('logs an uncaught error, closes the service and exits 1', async () => {
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
  ])('prints one line when the operator can mend a failed start: %s', async (body, line) => {
    const run = await start(body)
    expect(await once(run.child, 'close')).toEqual([1, null])
    expect(run.out()).toBe(line)
  })
})
