export * from './bridge.ts'
export * from './bridge-error.ts'
export { createBridgeWorld, type BridgeWorld } from './embedded/index.ts'
export { LevelTrigger, type LevelTriggerOptions } from './level-trigger.ts'
export { foldWorkerId, isWorkerId } from './worker-ids.ts'
export {
  openZooKeeperKafkaBridge,
  type ZooKeeperKafkaOptions,
} from './zookeeper-kafka/zookeeper-kafka-bridge.ts'
export { type Operation, ZooKeeperSession } from './zookeeper-kafka/zookeeper-session.ts'
