import { sharedEngines } from '@rookery/engines'
import { randomUUID } from 'node:crypto'
import { describeCoordination } from '../testing/index.ts'
import { openZooKeeperCoordination } from './zookeeper-coordination.ts'

const { ZOOKEEPER_CONNECT } = await sharedEngines(['zookeeper'])

describeCoordination('ZooKeeper', async () => {
  const root = `/rookery-test-${randomUUID()}`
  return {
    open: () => openZooKeeperCoordination({ connect: ZOOKEEPER_CONNECT, root }),
    dispose: async () => undefined,
  }
})
