import { describe, expect, it } from '@jest/globals'
import { MemberCounts } from './member-counts.ts'
import type { CassandraSession } from './cassandra-session.ts'

/** Answers counts by channel, and records the channels that were asked for. */
function cassandraOf(members: Record<string, number>): {
  cassandra: CassandraSession
  asked: string[]
} {
  const asked: string[] = []
  const first = async (_cql: string, channelId: string): Promise<object> => {
    asked.push(channelId)
    return { members: BigInt(members[channelId] ?? 0) }
  }
  return { cassandra: { first } as unknown as CassandraSession, asked }
}

describe('member counts', () => {
  it('caches the member counts of large channels, and reads those of small ones every time', async () => {
    let nowMs = 0
    const { cassandra, asked } = cassandraOf({ small: 2, middle: 1_000, large: 100_000 })
    const counts = new MemberCounts(cassandra, () => nowMs)
    const of = (): ReturnType<MemberCounts['of']> => counts.of(['small', 'middle', 'large'])
    const all = new Map([
      ['small', 2],
      ['middle', 1_000],
      ['large', 100_000],
    ])
    expect(await of()).toEqual(all)
    nowMs = 900
    expect(await of()).toEqual(all)
    expect(asked.slice(3)).toEqual(['small'])
    nowMs = 1_100
    await of()
    expect(asked.slice(4).sort()).toEqual(['middle', 'small'])
    nowMs = 61_000
    await of()
    expect(asked.slice(6).sort()).toEqual(['large', 'middle', 'small'])
  })

  it('reads a member count again after a write, even one that came during the last read', async () => {
    const members = { channel: 1_001 }
    const { cassandra, asked } = cassandraOf(members)
    const counts = new MemberCounts(cassandra, () => 0)
    const early = counts.of(['channel'])
    members.channel = 1_002
    counts.forget(['channel'])
    await early
    expect((await counts.of(['channel'])).get('channel')).toBe(1_002)
    members.channel = 1_003
    counts.forget(['channel'])
    expect((await counts.of(['channel'])).get('channel')).toBe(1_003)
    expect(asked).toHaveLength(3)
  })
})
