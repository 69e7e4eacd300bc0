import { describe, expect, it } from '@jest/globals'
import { labelOf, parseRoom } from './labels.ts'
import type { InRoom } from './report.ts'

const place = (kind: InRoom['kind'], room: string, more: Partial<InRoom> = {}): InRoom => ({
  kind,
  room,
  channelId: 'id-1',
  ...more,
})

describe('labelOf', () => {
  it.each([
    [place('direct', '@bob'), '@bob'],
    [place('direct', '@bob', { peer: 'deleted' }), '@bob (account deleted)'],
    [place('direct', '@ada', { peer: 'self' }), '@ada (you)'],
    [place('public', 'lobby'), '#lobby'],
    [place('public', 'Team Chat 👩‍👩‍👧'), '#Team Chat 👩‍👩‍👧'],
    [place('public', '日本語'), '#日本語'],
    [place('group', 'Team'), '"Team"'],
    [place('group', 'Team', { twin: true }), '"Team" ~id-1'],
  ])('%j is written %s', (room, label) => {
    expect(labelOf(room)).toBe(label)
  })

  it.each([
    [place('group', '@bob'), '"@bob"'],
    [place('group', '#lobby'), '"#lobby"'],
    [place('public', '@bob'), '#"@bob"'],
    [place('public', '＠bob'), '#"＠bob"'],
    [place('public', '#lobby'), '#"#lobby"'],
    [place('public', 'lobby] #7 bob: ok [x'), String.raw`#"lobby\] #7 bob: ok \[x"`],
    [place('group', 'a" #lobby "b'), String.raw`"a\" #lobby \"b"`],
    [place('public', 'lobby '), '#"lobby "'],
    [place('public', 'lob\u200bby'), '#"lob\uFFFDby"'],
    [place('public', 'lob\u00adby'), '#"lob\uFFFDby"'],
    [place('public', 'lobby\ufe0f'), '#"lobby\uFFFD"'],
    [place('public', 'lobby\u{e0041}'), '#"lobby\uFFFD"'],
    [place('group', 'a\u202eb\nc\u001b[2J'), String.raw`"a${'\uFFFD'}b\nc${'\uFFFD'}\[2J"`],
  ])('gives a room %j a label that no other room or line can have: %s', (room, label) => {
    expect(labelOf(room)).toBe(label)
  })
})

describe('parseRoom', () => {
  it.each([
    ['@Bob', { kind: 'direct', username: 'bob' }],
    ['#lobby', { kind: 'public', name: 'lobby' }],
    [' lobby ', { kind: 'bare', name: 'lobby' }],
    ['Team Chat', { kind: 'bare', name: 'Team Chat' }],
    ['"@bob"', { kind: 'quoted', name: '@bob' }],
    ['#"@bob"', { kind: 'public', name: '@bob' }],
    ['##lobby', { kind: 'public', name: '#lobby' }],
    ['', null],
    ['#', null],
    ['@', null],
    ['""', null],
  ])('reads %j', (text, reference) => {
    expect(parseRoom(text)).toEqual(reference)
  })

  it('reads every label back', () => {
    for (const name of ['Team', '@bob', '#x', 'a"b', String.raw`a\b`, 'lobby] #7 bob: ok [x']) {
      expect(parseRoom(labelOf(place('group', name)))).toEqual({ kind: 'quoted', name })
      expect(parseRoom(labelOf(place('public', name)))).toEqual({ kind: 'public', name })
    }
  })
})
