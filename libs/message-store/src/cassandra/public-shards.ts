import { createHash } from 'node:crypto'

const shardCount = 8

export const shards: readonly number[] = Array.from({ length: shardCount }, (_, shard) => shard)

export function shardOf(channelId: string): number {
  return (createHash('sha256').update(channelId).digest()[0] ?? 0) % shardCount
}
