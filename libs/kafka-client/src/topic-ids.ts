import {
  type Broker,
  type Cluster,
  createDecoder,
  createEncoder,
  type Exchange,
} from './kafkajs-internals.ts'

/** The id of one topic; see `readTopicIds`. @throws if the topic does not exist */
export async function readTopicId(cluster: Cluster, topic: string): Promise<string> {
  const id = (await readTopicIds(await cluster.findControllerBroker(), [topic])).get(topic)
  if (id === undefined) throw new Error(`the topic ${topic} does not exist`)
  return id
}

/**
 * The ids that the brokers gave to topics at their creation, as 32 hex digits. A topic that is
 * deleted and recreated under its old name gets another id. Missing topics are left out. The
 * metadata requests of kafkajs are too old for such ids, so this sends its own request (Metadata,
 * version 10, KIP-516).
 */
export async function readTopicIds(
  broker: { connectionPool: Pick<Broker['connectionPool'], 'send'> },
  topics: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  return broker.connectionPool.send(metadataOf(topics))
}

function metadataOf(topics: readonly string[]): Exchange<ReadonlyMap<string, string>> {
  return {
    request: {
      apiKey: 3,
      apiVersion: 10,
      apiName: 'Metadata',
      encode: async () => {
        const encoder = createEncoder()
          // The header of this version ends with tagged fields, which kafkajs does not write: none.
          .writeUVarInt(0)
          // A length is written as length + 1.
          .writeUVarInt(topics.length + 1)
        for (const topic of topics)
          // The request names the topic, so the id is all zeros.
          encoder.writeBuffer(Buffer.alloc(16)).writeUVarIntString(topic).writeUVarInt(0)
        // Do not create topics, and do not list access rights.
        return encoder.writeBoolean(false).writeBoolean(false).writeBoolean(false).writeUVarInt(0)
      },
    },
    response: {
      decode: async (payload) => ({ decoded: topicIdsIn(payload) }),
      parse: async ({ decoded }) => decoded,
    },
  }
}

function topicIdsIn(payload: Buffer): ReadonlyMap<string, string> {
  const decoder = createDecoder(payload)
  const times = (work: () => void): void => {
    for (let left = decoder.readUVarInt() - 1; left > 0; left -= 1) work()
  }
  // The header's tagged fields, then the throttle time.
  decoder.readUVarInt()
  decoder.readInt32()
  times(() => {
    // A broker: id, host, port, rack, tagged fields.
    decoder.readInt32()
    decoder.readUVarIntString()
    decoder.readInt32()
    decoder.readUVarIntString()
    decoder.readUVarInt()
  })
  // The cluster's id and its controller.
  decoder.readUVarIntString()
  decoder.readInt32()
  const ids = new Map<string, string>()
  times(() => {
    const error = decoder.readInt16()
    const topic = decoder.readUVarIntString()
    const id = decoder.readBytes(16).toString('hex')
    if (error === 0 && topic !== null) ids.set(topic, id)
    // The flag `internal`.
    decoder.readBytes(1)
    times(() => {
      // A partition: error, number, leader, leader epoch, replicas, replicas in sync, replicas
      // offline, tagged fields.
      decoder.readBytes(14)
      for (let list = 0; list < 3; list += 1) times(() => void decoder.readInt32())
      decoder.readUVarInt()
    })
    // Access rights, tagged fields.
    decoder.readInt32()
    decoder.readUVarInt()
  })
  return ids
}
