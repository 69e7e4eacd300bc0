export {
  type Broker,
  type Cluster,
  createCluster,
  cutConnections,
  type FetchedMessage,
  type Joined,
  type JoinListener,
  patchKafkajs,
  type ProducedMessage,
  type TopicMetadata,
} from './kafkajs-internals.ts'
export { readTopicId, readTopicIds } from './topic-ids.ts'
