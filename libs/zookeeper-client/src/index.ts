export {
  type NodeStat,
  type Operation,
  ZooKeeperClient,
  type ZooKeeperClientOptions,
} from './zookeeper-client.ts'
export {
  type SessionState,
  ZooKeeperSession,
  type ZooKeeperSessionOptions,
} from './zookeeper-session.ts'
