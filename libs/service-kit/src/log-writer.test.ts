import { describe, expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { logWriter, type Output, written } from './log-writer.ts'

const index = join(import.meta.dirname, 'index.ts')
/** Logs without a pause, and reports the bytes that wait on standard error. */
const chatter = `import { createLogger } from ${JSON.stringify(index)}
  const logger = createLogger('test')
  let n = 0
  setInterval(() => {
    for (let i = 0; i < 200; i += 1) logger.info({ pad: 'x'.repeat(1000) }, 'line')
    process.stderr.write(process.stdout.writableLength + '\\n')
    if ((n += 1) === 30) process.exit(7)
  }, 5)`

function run(stdout: 'pipe' | number) {
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', chatter], {
    cwd: import.meta.dirname,
    stdio: ['ignore', stdout, 'pipe'],
  })
}

describe('the writer of the log', () => {
  it('keeps the process running when the reader of the log is gone', async () => {
    const child = run('pipe')
    child.stdout?.destroy()
    expect(await once(child, 'exit')).toEqual([7, null])
  })

  it('keeps a bounded number of bytes for a reader that does not read, and lets the process exit', async () => {
    const child = run('pipe')
    let reported = ''
    child.stderr?.on('data', (data: Buffer) => (reported += data.toString()))
    expect(await once(child, 'exit')).toEqual([7, null])
    const waiting = reported.trim().split('\n').map(Number)
    expect(Math.max(...waiting)).toBeGreaterThan(500_000)
    expect(Math.max(...waiting)).toBeLessThan(1_100_000)
    child.stdout?.destroy()
  })

  it('keeps the process running when the disk is full', async () => {
    const full = openSync('/dev/full', 'w')
    expect(await once(run(full), 'exit')).toEqual([7, null])
    closeSync(full)
  })

  it('writes a line into a file immediately, and ignores a closed one', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'rookery-log-')), 'log')
    const fd = openSync(file, 'w')
    logWriter(Object.assign(new PassThrough(), { fd })).write('a line\n')
    expect(readFileSync(file, 'utf8')).toBe('a line\n')
    closeSync(fd)
    // The descriptor is closed now, as that of a lost terminal is.
    logWriter(Object.assign(new PassThrough(), { fd })).write('lost\n')
  })

  it('waits for a slow reader at the end, but only for a bounded time', async () => {
    const slow: Output = new PassThrough({ highWaterMark: 1 })
    slow.write('x'.repeat(10))
    const from = performance.now()
    await written(slow, 60)
    expect(performance.now() - from).toBeGreaterThanOrEqual(59)
    const taken: Output = new PassThrough()
    await written(taken, 10_000)
    expect(performance.now() - from).toBeLessThan(5_000)
  })
})
