export { openZooKeeperKafkaBridge, type ZooKeeperKafkaOptions } from './zookeeper-kafka-bridge.ts'
export { Paths } from './paths.ts'
export { type Operation, ZooKeeperSession } from './zookeeper-session.ts'
