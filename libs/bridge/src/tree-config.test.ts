import { expect, it } from '@jest/globals'
import { readTreeConfig } from './tree-config.ts'

it('reads a tree config that has the engines of this machine by default', () => {
  expect(readTreeConfig({})).toEqual({
    zookeeper: '127.0.0.1:2181',
    brokers: ['127.0.0.1:9092'],
    root: '/',
    replicationFactor: 1,
  })
})
