import { randomUUID } from 'node:crypto'
import { openKafkaLog } from '@rookery/log/kafka'
import type { Fault } from '../fault.ts'
import { setting } from './victim.ts'

/** Every partition of the log gets records that are invalid. */
export function poisonRecords(): Fault {
  return {
    name: 'poison records in every partition',
    boundMs: 10_000,
    measuredFrom: 'apply',
    holdMs: 2_000,
    apply: async ({ cluster }) => {
      const log = await openKafkaLog({
        brokers: setting(cluster, 'KAFKA_BROKERS').split(','),
        clientId: 'poisoner',
      })
      try {
        for (const value of ['', 'no record', '{"v":1}', '\u0000\uffff', '['.repeat(10_000)])
          for (
            let left = new Set(Array.from({ length: log.partitionCount }, (_, i) => i));
            left.size > 0;
          ) {
            const key = randomUUID()
            if (left.delete(log.partitionOf(key))) await log.append(key, Buffer.from(value))
          }
      } finally {
        await log.close()
      }
      return async () => undefined
    },
  }
}
