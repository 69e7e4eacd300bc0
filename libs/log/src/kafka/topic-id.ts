import { type Cluster, createDecoder, createEncoder, type Exchange } from './kafkajs-internals.ts'

/**
 * The id that the brokers gave to a topic when it was made, as 32 hex digits: a topic that is deleted and made anew under its old name gets
 * another one. kafkajs asks for metadata in a version before there were such ids, so this asks by itself (Metadata, version 10, KIP-516).
 */
export async function readTopicId(cluster: Cluster, topic: string): Promise<string> {
  const broker = await cluster.findControllerBroker()
  return broker.connectionPool.send(metadataOf(topic))
}

function metadataOf(topic: string): Exchange<string> {
  return {
    request: {
      apiKey: 3,
      apiVersion: 10,
      apiName: 'Metadata',
      encode: async () =>
        createEncoder()
          // No tagged fields: the end of this version's header, which kafkajs does not write.
          .writeUVarInt(0)
          // One topic (lengths are written plus one), by name: its id is all zero.
          .writeUVarInt(2)
          .writeBuffer(Buffer.alloc(16))
          .writeUVarIntString(topic)
          .writeUVarInt(0)
          // Neither make it nor list who may do what.
          .writeBoolean(false)
          .writeBoolean(false)
          .writeBoolean(false)
          .writeUVarInt(0),
    },
    response: {
      decode: async (payload) => ({ decoded: topicIdIn(payload) }),
      parse: async ({ decoded }) => decoded,
    },
  }
}

function topicIdIn(payload: Buffer): string {
  const decoder = createDecoder(payload)
  // The header's tagged fields, then the throttle time.
  decoder.readUVarInt()
  decoder.readInt32()
  for (let left = decoder.readUVarInt() - 1; left > 0; left -= 1) {
    // A broker: id, host, port, rack, tagged fields.
    decoder.readInt32()
    decoder.readUVarIntString()
    decoder.readInt32()
    decoder.readUVarIntString()
    decoder.readUVarInt()
  }
  // The cluster's id, its controller, and how many topics follow.
  decoder.readUVarIntString()
  decoder.readInt32()
  decoder.readUVarInt()
  const error = decoder.readInt16()
  decoder.readUVarIntString()
  if (error !== 0) throw new Error(`the brokers answer with error ${error}`)
  return decoder.readBytes(16).toString('hex')
}
