import { describe, expect, it } from '@jest/globals'
import { readWorkerConfig, workerHelp } from './config.ts'

describe('settings of a worker', () => {
  it('prefer options to the environment', () => {
    const args = ['--name', 'ada', '--zookeeper', 'z:1', '--kafka', 'k:1,k:2', '--root', '/chat']
    expect(readWorkerConfig(args, { ZOOKEEPER_CONNECT: 'y:1' })).toMatchObject({
      name: 'ada',
      zookeeper: 'z:1',
      brokers: ['k:1', 'k:2'],
      root: '/chat',
    })
  })

  it('contain the usage if help is asked for', () => {
    const help = workerHelp('1 enroll')
    for (const part of ['Usage: npm run worker -- --name NAME', '1 enroll', 'ZOOKEEPER_CONNECT'])
      expect(help).toContain(part)
  })

  it.each([[[]], [['--nme', 'ada']], [['ada']]])('contain the usage for %j', (args) => {
    expect(() => readWorkerConfig(args, {})).toThrow('Usage: npm run worker -- --name NAME')
  })
})
