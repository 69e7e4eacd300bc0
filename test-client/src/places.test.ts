import { ChannelView } from '@rookery/client'
import type { Channel } from '@rookery/protocol'
import { describe, expect, it } from '@jest/globals'
import { findChannel, placeOf } from './places.ts'
import { labelOf } from './labels.ts'

const views = new Map<string, ChannelView>()
const add = (
  channelId: string,
  kind: Channel['kind'],
  name: string | null,
  people: object[],
  more: object = {},
) => {
  const participants = people as Channel['participants']
  const facts = { createdAt: '2026-11-20T12:00:00.000Z', memberCount: 2, head: 1, lastReadSeq: 0 }
  const channel = { channelId, kind, name, ...facts, unread: 0, participants, ...more }
  views.set(channelId, new ChannelView(channel as Channel, 'ada'))
}
const person = (username: string, more: object = {}) => ({ username, ...more })
const ada = person('ada')

add('d1', 'direct', null, [ada, person('bob')])
add('d2', 'direct', null, [ada, person('cleo', { deleted: true })])
add('d3', 'group', null, [ada], { notes: true })
add('p1', 'public', 'Lobby', [ada])
add('g1', 'group', '@bob', [ada])
add('g2', 'group', 'lobby', [ada])
add('g3', 'group', 'Twins', [ada])
add('g4', 'group', 'twins', [ada])
add('g5', 'group', null, [ada, person('bob')])
add('p2', 'public', '#lobby', [ada])

const label = (channelId: string) => {
  const view = views.get(channelId)
  return view === undefined ? '' : labelOf(placeOf(view, views, 'ada'))
}

describe('placeOf', () => {
  it.each([
    ['d1', '@bob'],
    ['d2', '@cleo (account deleted)'],
    ['d3', '@ada (you)'],
    ['p1', '#Lobby'],
    ['g1', '"@bob"'],
    ['g3', '"Twins" ~g3'],
    ['g4', '"twins" ~g4'],
    ['g5', '"bob"'],
  ])('calls %s %s', (channelId, expected) => {
    expect(label(channelId)).toBe(expected)
  })
})

describe('findChannel', () => {
  it.each([
    [{ kind: 'direct', username: 'bob' }, 'd1'],
    [{ kind: 'direct', username: 'ada' }, 'd3'],
    [{ kind: 'direct', username: 'nobody' }, null],
    [{ kind: 'public', name: 'LOBBY' }, 'p1'],
    [{ kind: 'public', name: '#lobby' }, 'p2'],
    [{ kind: 'public', name: '@bob' }, null],
    [{ kind: 'bare', name: 'lobby' }, 'p1'],
    [{ kind: 'bare', name: 'g2' }, 'g2'],
    [{ kind: 'quoted', name: 'lobby' }, 'g2'],
    [{ kind: 'quoted', name: '@bob' }, 'g1'],
  ] as const)('%j is %s', (wanted, channelId) => {
    expect(findChannel(wanted, views, 'ada')).toBe(channelId)
  })

  it('does not choose between groups of the same name', () => {
    const find = () => findChannel({ kind: 'quoted', name: 'Twins' }, views, 'ada')
    expect(find).toThrow('/channels')
  })
})
