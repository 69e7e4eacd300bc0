// One request for this many partitions costs the client a tenth of single requests, and the
// coordinating node little.
const partitionsPerRequest = 50

export function chunksOf(keys: readonly string[]): string[][] {
  const distinct = [...new Set(keys)]
  const chunks: string[][] = []
  for (let i = 0; i < distinct.length; i += partitionsPerRequest)
    chunks.push(distinct.slice(i, i + partitionsPerRequest))
  return chunks
}
