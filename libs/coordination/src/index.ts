export * from './coordination.ts'
export * from './embedded/index.ts'
export {
  openZooKeeperCoordination,
  type ZooKeeperOptions,
} from './zookeeper/zookeeper-coordination.ts'
