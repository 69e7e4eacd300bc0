/**
 * The hash of Kafka's default partitioner: MurmurHash2, 32 bits, seed 0x9747b28c, as a signed
 * number. Java and kafkajs compute the same, so a key has one partition for every adapter and every
 * other tool.
 * https://github.com/apache/kafka/blob/3.9/clients/src/main/java/org/apache/kafka/common/utils/Utils.java
 */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.byteLength
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  const tail = length & ~3
  let hash = 0x9747b28c ^ length
  for (let i = 0; i < tail; i += 4) {
    hash = Math.imul(hash, multiplier) ^ mixed(view.getInt32(i, true))
  }
  if (length > tail) {
    for (let i = length - 1; i >= tail; i -= 1) hash ^= view.getUint8(i) << (8 * (i - tail))
    hash = Math.imul(hash, multiplier)
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}

const multiplier = 0x5bd1e995

function mixed(word: number): number {
  const product = Math.imul(word, multiplier)
  return Math.imul(product ^ (product >>> 24), multiplier)
}

/** The partition of a key, as Kafka's default partitioner computes it. */
export function partitionOfKey(key: string, partitionCount: number): number {
  return (murmur2(new TextEncoder().encode(key)) & 0x7fffffff) % partitionCount
}
