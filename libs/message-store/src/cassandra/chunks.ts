// One request for so many partitions costs the client a tenth of as many requests, and the node
// that coordinates it little.
const partitionsPerRequest = 50

export function chunksOf(keys: readonly string[]): string[][] {
  const distinct = [...new Set(keys)]
  const chunks: string[][] = []
  for (let i = 0; i < distinct.length; i += partitionsPerRequest)
    chunks.push(distinct.slice(i, i + partitionsPerRequest))
  return chunks
}
