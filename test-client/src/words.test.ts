import { describe, expect, it } from '@jest/globals'
import { parseLine, splitWords } from './words.ts'

describe('splitWords', () => {
  it.each([
    ['"Team Chat" user1 user2 user3', ['Team Chat', 'user1', 'user2', 'user3']],
    ['MyChannel', ['MyChannel']],
    ['  a   b  ', ['a', 'b']],
    ['"a \\"quoted\\" name"', ['a "quoted" name']],
    ['""', ['']],
    ['"open', ['"open']],
    ['', []],
  ])('%s → %j', (text, words) => {
    expect(splitWords(text)).toEqual(words)
  })
})

describe('parseLine', () => {
  it.each([
    ['Hello, world!', { command: null, rest: 'Hello, world!' }],
    ['//etc is a folder', { command: null, rest: '/etc is a folder' }],
    ['/JOIN ch-1', { command: 'join', rest: 'ch-1', words: ['ch-1'] }],
    ['/msg  two  spaces', { command: 'msg', rest: 'two  spaces' }],
    ['/', { command: '', rest: '' }],
    [' /join x', { command: null, rest: ' /join x' }],
  ])('%s', (line, expected) => {
    expect(parseLine(line)).toMatchObject(expected)
  })
})
