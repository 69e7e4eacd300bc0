export { mendZooKeeperClient } from './mend-zookeeper-client.ts'
export { openZooKeeperCoordination, type ZooKeeperOptions } from './zookeeper-coordination.ts'
