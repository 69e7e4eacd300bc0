import { describe, expect, it } from '@jest/globals'
import { complete } from './completion.ts'
import type { InRoom } from './report.ts'
import type { ChatSession } from './chat-session.ts'

const places: InRoom[] = [
  { channelId: 'd1', kind: 'direct', room: '@bob', peer: 'deleted' },
  { channelId: 'g1', kind: 'group', room: '@bob' },
  { channelId: 'g2', kind: 'group', room: 'Team Chat' },
  { channelId: 'g3', kind: 'group', room: 'Twin', twin: true },
  { channelId: 'p1', kind: 'public', room: 'lobby' },
  { channelId: 'p2', kind: 'public', room: '@bobby' },
]
const session = {
  channels: new Map(places.map(({ channelId }) => [channelId, {}])),
  people: new Set(['bob', 'bert']),
  place: (channelId: string) => places.find((place) => place.channelId === channelId),
} as unknown as ChatSession

const completed = (line: string) => {
  const { from, hits } = complete(line, session)
  return hits.map((hit) => line.slice(0, from) + hit)
}

describe('complete', () => {
  it.each([
    ['/join @b', ['/join @bob']],
    ['/join te', ['/join "Team Chat"']],
    ['/join "Team C', ['/join "Team Chat"']],
    ['/leave lo', ['/leave #lobby']],
    ['/join #', ['/join #"@bobby"', '/join #lobby']],
    ['/join g', ['/join g3']],
    ['/kick b', ['/kick bert', '/kick bob']],
    ['hello @b', ['hello @bert', 'hello @bob']],
    ['/sta', ['/status']],
    ['/status aw', ['/status away']],
    ['', []],
    ['hello ', []],
  ])('%j becomes %j', (line, lines) => {
    expect(completed(line)).toEqual(lines)
  })
})
