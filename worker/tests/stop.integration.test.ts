import { describe, expect, it, jest } from '@jest/globals'
import { sharedEngines } from '@rookery/engines'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

jest.setTimeout(60_000)
const program = join(fileURLToPath(new URL('..', import.meta.url)), 'dist', 'main.js')
const engines = await sharedEngines(['zookeeper', 'kafka'])

describe('a worker that waits for its next command', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'signs off on %s, with the exit code of the command that failed before',
    async (signal) => {
      const worker = spawn(process.execPath, [program, '--name', 'alice'], {
        stdio: 'pipe',
        env: { PATH: process.env['PATH'] ?? '', ...engines },
      })
      // It answers only when it is connected and reads commands.
      worker.stdin.write('nonsense\n')
      await once(worker.stdout, 'data')
      worker.kill(signal)
      expect(await once(worker, 'exit')).toEqual([1, null])
    },
  )
})
