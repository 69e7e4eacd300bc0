import { describe, expect, it } from '@jest/globals'
import { publicChannelId } from './channel-ids.ts'
import {
  hasWords,
  indexKeys,
  lookKeys,
  nameKeyFor,
  publicChannelIds,
  publicNameKey,
  searchWords,
} from './public-names.ts'

const looksLike = (one: string, other: string): boolean =>
  lookKeys(one).some((key) => lookKeys(other).includes(key))

describe('publicNameKey', () => {
  it.each([
    ['Lobby', 'LOBBY'],
    ['lobby', 'l\u043ebby'],
    ['lobby', 'ｌｏｂｂｙ'],
    ['lobby', 'lob\u00adby'],
    ['lobby', 'lobby\u{e0061}'],
    ['my room', 'my  room'],
    ['Straße', 'STRASSE'],
    ['paypal', 'р\u0430ур\u0430l'],
    ['modern', 'rnodern'],
    ['é', 'e\u0301'],
    ['❤️', '❤'],
    ['lobby', 'l0bby'],
    ['ping', 'pi\u0307ng'],
    ['istanbul', 'İstanbul'],
    ['jot', 'j\u0307ot'],
    ['ị', 'i\u0307\u0323'],
  ])('gives %j and %j the same key', (one, other) => {
    expect(publicNameKey(other)).toBe(publicNameKey(one))
  })

  it.each([
    ['mail', 'mall'],
    ['team', 'tram'],
    ['room 1', 'room 2'],
    ['日本', '日木'],
  ])('gives %j and %j different keys', (one, other) => {
    expect(publicNameKey(other)).not.toBe(publicNameKey(one))
  })
})

describe('lookKeys', () => {
  it.each([
    ['lobby', 'Iobby'],
    ['lobby', '1obby'],
    ['LOBBY', 'L0BBY'],
    ['General', 'GeneraI'],
  ])('give %j and %j a common key', (one, other) => {
    expect(looksLike(one, other)).toBe(true)
  })

  it.each([
    ['mail', 'mall'],
    ['info', 'lnfo'],
    ['a', 'b'],
  ])('give %j and %j no common key', (one, other) => {
    expect(looksLike(one, other)).toBe(false)
  })
})

describe('a public channel that was created under its folded name', () => {
  const old = publicChannelId('team')

  it('looks up a public channel first by the id of its folded name', () => {
    expect(publicChannelIds('Team')).toEqual([old, publicChannelId('tearn')])
  })

  it('renames a public channel with the key under which it was created', () => {
    expect(nameKeyFor(old, 'TEAM')).toBe('team')
    expect(nameKeyFor(publicChannelId('tearn'), 'TEAM')).toBe('tearn')
    expect(nameKeyFor(old, 'other')).toBeNull()
  })
})

describe('a search', () => {
  it.each([
    ['Project Apollo', 'apollo', true],
    ['Project Apollo', 'APOL proj', true],
    ['Project Apollo', '#project', true],
    ['Project Apollo', 'ject', false],
    ['Project Apollo', 'apollo 11', false],
    ['café-crème', 'creme', true],
    ['café-crème', 'CAFÉ', true],
    ['日本語の部屋', '部屋', true],
    ['ห้องไทย', 'ไทย', true],
    ['party 🎉', '🎉', true],
    ['ａｐｏｌｌｏ', 'apollo', true],
    ['Project Apollo', '＃"Project Apollo"', true],
    ['Project Apollo', ' #apollo', true],
    ['Project Apollo', '(apollo), project?', true],
    ['Don’t panic', "don't", true],
    ["Don't panic", 'don’t', true],
    ['C++ and C#', 'c++ c#', true],
    ['C and D', 'c++', false],
    ['Łódź', 'lodz', true],
    ['Lodz', 'łódź', true],
    ['Smørrebrød', 'smorrebrod', true],
    ['İstanbul', 'istanbul', true],
    ['launch🚀', '🚀', true],
    ['what ???', '???', true],
    ['what', '???', false],
    ['all', '#', true],
    ['Project Apollo', '\u200bapollo\u200b', true],
    ['می\u200cخواهم', 'میخواهم', true],
    ['سلام دنيا', 'دنيا', true],
    ['한국어 방', '방', true],
    ['हिन्दी कमरा', 'कमरा', true],
  ])('finds the channel %j by the query %j: %p', (name, query, found) => {
    expect(hasWords(name, searchWords(query))).toBe(found)
  })

  it('uses the longest word first', () => {
    expect(searchWords(' of  Apollo the ')).toEqual(['apollo', 'the', 'of'])
    expect(searchWords('  ')).toEqual([])
  })
})

it('indexes a name as a whole, by each of its words, and by its look', () => {
  expect(indexKeys('My Room')).toEqual(['n:my room', 'w:my room', 'w:room', 'l:rny roorn'])
})
