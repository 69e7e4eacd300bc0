import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openKafkaLog } from '../kafka/kafka-log.ts'

// A consumer as a process of its own, for tests that kill it. Arguments: broker, prefix, its name,
// the folder of all consumers' progress. It prints the records that it gets: `partition offset
// offset …`.
const [broker = '', prefix = '', name = '', folder = ''] = process.argv.slice(2)

const log = await openKafkaLog({ brokers: [broker], clientId: name, instance: name, prefix })
const consumption = await log.consume('group', {
  assigned: async (partition, bounds) => progressOf(partition) ?? bounds.start,
  batch: async (partition, records) => {
    const offsets = records.map(({ offset }) => offset)
    process.stdout.write(`${partition} ${offsets.join(' ')}\n`)
    writeProgress(partition, (offsets.at(-1) ?? -1) + 1)
  },
  revoked: async () => undefined,
})
process.once('SIGTERM', () => void stop())

async function stop(): Promise<void> {
  await consumption.close()
  await log.close()
  process.exit(0)
}

function progressOf(partition: number): number | null {
  try {
    return Number(readFileSync(join(folder, String(partition)), 'utf8'))
  } catch {
    return null
  }
}

function writeProgress(partition: number, next: number): void {
  const unfinished = join(folder, `${partition}.of-${process.pid}`)
  writeFileSync(unfinished, String(next))
  renameSync(unfinished, join(folder, String(partition)))
}
