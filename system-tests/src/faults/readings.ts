import { decodeRecord, fold, type ChannelState, type EventRow } from '@rookery/domain'
import { openKafkaLog } from '@rookery/log/kafka'
import { openCassandraStore } from '@rookery/message-store/cassandra'
import type { Found } from './checker.ts'

const page = 500

/** The channels as the stored rows have them, and as an offline fold of the log has them. */
export async function readEngines(
  env: Readonly<Record<string, string>>,
  channelIds: readonly string[],
): Promise<{ stored: Map<string, Found[]>; refolded: Map<string, Found[]> }> {
  const log = await openKafkaLog({
    brokers: (env['KAFKA_BROKERS'] ?? '').split(','),
    clientId: 'checker',
    partitionCount: 12,
  })
  const store = await openCassandraStore({
    contactPoints: (env['CASSANDRA_CONTACT_POINTS'] ?? '').split(','),
    localDataCenter: env['CASSANDRA_LOCAL_DATACENTER'] ?? 'datacenter1',
    keyspace: env['CASSANDRA_KEYSPACE'] ?? 'rookery',
    replicationFactor: 1,
    logEpoch: log.epoch,
  })
  const refolded = new Map<string, EventRow[]>()
  const states = new Map<string, ChannelState>()
  const highest = new Map<string, number>()
  for (let partition = 0; partition < log.partitionCount; partition += 1) {
    const { start, end } = await log.bounds(partition)
    for (let from = start; from < end;) {
      const records = await log.read(partition, from, page)
      if (records.length === 0) break
      for (const { key, value, offset, timestampMs } of records) {
        from = offset + 1
        const decoded = decodeRecord(key, value)
        if (!decoded.ok) continue
        const { record } = decoded
        const session = `${record.channelId}\n${record.user}\n${record.session}`
        const state = states.get(record.channelId) ?? { seq: 0, messageNumber: 0 }
        const position = { epoch: log.epoch.number, partition, offset }
        const result = fold(state, highest.get(session) ?? 0, { record, position, timestampMs })
        if (result.kind !== 'accepted') continue
        states.set(record.channelId, result.state)
        highest.set(session, record.clientSeq)
        const rows = refolded.get(record.channelId)
        if (rows === undefined) refolded.set(record.channelId, [result.row])
        else rows.push(result.row)
      }
    }
  }
  const stored = new Map<string, Found[]>()
  for (const channelId of channelIds) {
    const rows: EventRow[] = []
    for (let more = true; more;) {
      const some = await store.events(channelId, { after: rows.length, limit: page })
      rows.push(...some)
      more = some.length > 0
    }
    // Byte for byte, not only what a reader is shown.
    const again = refolded.get(channelId) ?? []
    for (const [index, row] of rows.entries())
      if (canonical(row) !== canonical(again[index]))
        throw new Error(`row ${row.seq} of ${channelId} is not what the log folds to`)
    stored.set(channelId, rows.map(foundIn))
  }
  await store.close()
  await log.close()
  return {
    stored,
    refolded: new Map([...refolded].map(([channelId, rows]) => [channelId, rows.map(foundIn)])),
  }
}

function foundIn(row: EventRow): Found {
  return { seq: row.seq, text: row.body.type === 'chat_message' ? (row.text?.content ?? '') : null }
}

function canonical(row: EventRow | undefined): string {
  if (row === undefined) return 'nothing'
  return JSON.stringify(row, Object.keys(row).sort())
}
