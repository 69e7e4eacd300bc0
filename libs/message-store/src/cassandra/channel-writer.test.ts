import { describe, expect, it } from '@jest/globals'
import type { EventRow, SessionRow } from '@rookery/domain'
import type { TurnWrites } from '../message-store.ts'
import { channelWriter } from './channel-writer.ts'
import type { CassandraSession } from './cassandra-session.ts'
import type { Statement } from './statement.ts'

const channelId = 'c'
const nothing: TurnWrites = {
  events: [],
  sessions: [],
  heads: [],
  channels: [],
  members: [],
  texts: [],
  deletions: [],
  reactions: [],
  erasures: [],
}

/** Writes events with these seqs, and returns the stages in which rows and head are written. */
async function stagesOf(seqs: readonly number[]): Promise<{ rows: number[]; heads: number[] }> {
  const stages: (readonly Statement[])[] = []
  const cassandra = {
    write: () => Promise.resolve(),
    writeAll: (batches: readonly (readonly Statement[])[]) => {
      if (batches.length > 0) stages.push(batches.flat())
      return Promise.resolve()
    },
  } as unknown as CassandraSession
  const events = seqs.map((seq): EventRow => {
    const position = { epoch: 1, partition: 0, offset: seq }
    const shared = { channelId, user: 'ann', session: 's', clientSeq: seq, position, sentAtMs: 1 }
    return { ...shared, seq, messageNumber: seq, body: { type: 'chat_message' }, text: null }
  })
  const sessions = events.map((row): SessionRow => ({ ...row, bodyHash: 'h' }))
  const { position, seq, messageNumber } = events.at(-1) as EventRow
  const heads = [{ channelId, position, seq, messageNumber }]
  const writer = channelWriter({ cassandra, bucketSize: 1_000 }, () => undefined)
  await writer.write({ ...nothing, events, sessions, heads })
  const stagesWith = (test: RegExp): number[] =>
    stages.flatMap((all, stage) => (all.some(({ cql }) => test.test(cql)) ? [stage] : []))
  return { rows: stagesWith(/INTO events|UPDATE events/), heads: stagesWith(/SET head/) }
}

describe('the head of a channel', () => {
  it('writes a head together with its rows if they are one batch, which is atomic', async () => {
    expect(await stagesOf([1, 2, 3])).toEqual({ rows: [0], heads: [0] })
  })

  it('writes a head after rows in two buckets, so that a reader up to the head finds all of them', async () => {
    expect(await stagesOf([999, 1_000])).toEqual({ rows: [0], heads: [1] })
  })

  it('writes a head after rows that are more than one batch', async () => {
    const many = Array.from({ length: 300 }, (_, i) => i + 1)
    expect(await stagesOf(many)).toEqual({ rows: [0], heads: [1] })
  })
})
