import { describe, expect, it } from '@jest/globals'
import { connectWorker } from './worker.ts'

describe('the name of a worker', () => {
  const nowhere = { zookeeper: '127.0.0.1:1', brokers: ['127.0.0.1:1'] }

  it.each([
    'a/b',
    '',
    '.',
    '..',
    '_own',
    '-a',
    'ä',
    'a b',
    'a\n',
    'x'.repeat(65),
    'inbox',
    'SYSTEM',
  ])('is refused without asking a manager if it is impossible: %j', async (name) => {
    await expect(connectWorker({ name, ...nowhere })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('cannot be a name: 1–64 of'),
    })
  })
})
