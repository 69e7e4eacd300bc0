// One request for 50 Cassandra partitions costs the client a tenth of 50 requests, and costs the
// coordinating node little.
const partitionsPerRequest = 50

export function chunksOf(keys: readonly string[]): string[][] {
  const distinct = [...new Set(keys)]
  const chunks: string[][] = []
  for (let i = 0; i < distinct.length; i += partitionsPerRequest)
    chunks.push(distinct.slice(i, i + partitionsPerRequest))
  return chunks
}
