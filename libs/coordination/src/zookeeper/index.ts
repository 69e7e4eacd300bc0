export { openZooKeeperCoordination, type ZooKeeperOptions } from './zookeeper-coordination.ts'
