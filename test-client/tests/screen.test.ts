import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Screen } from '../src/screen.ts'
import { TinyTerminal } from './tiny-terminal.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('Screen', () => {
  let input: PassThrough
  let terminal: TinyTerminal
  let screen: Screen
  let lines: string[]
  let ended: number

  beforeEach(() => {
    input = new PassThrough()
    terminal = new TinyTerminal(20)
    lines = []
    ended = 0
    screen = new Screen({
      input,
      output: terminal,
      complete: (line) => ({
        from: 0,
        hits: ['/help', '/history'].filter((hit) => hit.startsWith(line)),
      }),
      suspend: () => {},
      onLine: (line) => lines.push(line),
      onTyping: () => {},
      onEnd: () => ended++,
    })
    screen.prompt('> ')
  })

  afterEach(() => screen.close())

  const type = async (text: string) => {
    for (const key of text) input.write(key)
    await settled()
  }

  it('prints above what is being typed', async () => {
    await type('hel')
    screen.print('bob: hi')
    await type('lo')
    expect(terminal.screen).toEqual(['bob: hi', '> hello'])
    expect(terminal.cursor).toEqual({ row: 1, column: 7 })
  })

  it('prints above an input of several rows, wherever the cursor is in it', async () => {
    await type('abcdefghijklmnopqrstuvwxyz0123456789')
    screen.print('one')
    input.write('\u001b[H')
    await settled()
    screen.print('two, which is longer than a row')
    expect(terminal.screen).toEqual([
      'one',
      'two, which is longer',
      ' than a row',
      '> abcdefghijklmnopqr',
      'stuvwxyz0123456789',
    ])
    await type('X')
    expect(terminal.screen[3]).toBe('> Xabcdefghijklmnopq')
  })

  it.each([17, 18, 19, 20, 38, 39])(
    'takes an entered line of %i characters away',
    async (length) => {
      screen.print('before')
      await type(`${'x'.repeat(length)}\r`)
      expect(lines).toEqual(['x'.repeat(length)])
      expect(terminal.shown).toBe('before\n>')
    },
  )

  it('keeps lines between what scrolled and the prompt', async () => {
    screen.stay(['… hello', '… a text that is longer than the screen is wide'])
    await type('nex')
    screen.print('bob: hi')
    await type('t')
    expect(terminal.screen).toEqual(['bob: hi', '… hello', '… a text that is l…', '> next'])
    screen.stay([])
    expect(terminal.screen).toEqual(['bob: hi', '> next'])
  })

  it('keeps them when a line is entered', async () => {
    screen.stay(['… hello'])
    await type('/who\r')
    expect(terminal.shown).toBe('… hello\n>')
    screen.print('ada')
    expect(terminal.shown).toBe('ada\n… hello\n>')
  })

  it('changes the prompt under what is being typed', async () => {
    await type('hi')
    screen.prompt('[room] > ')
    expect(terminal.screen).toEqual(['[room] > hi'])
  })

  it('completes', async () => {
    await type('/he\t')
    await settled()
    expect(terminal.screen).toEqual(['> /help'])
  })

  it('shows nothing of a hidden answer and keeps it out of the history', async () => {
    await type('first\r')
    const answer = screen.ask('password: ', true)
    await type('secret')
    screen.print('bob: hi')
    await type('!\r')
    expect(await answer).toBe('secret!')
    expect(terminal.shown).not.toContain('secret')
    expect(terminal.shown).toContain('bob: hi')
    input.write('\u001b[A')
    await settled()
    expect(terminal.screen.at(-1)).toBe('> first')
    expect(lines).toEqual(['first'])
  })

  it('ends on Ctrl-C and on Ctrl-D, once', async () => {
    await type('\u0003')
    expect(ended).toBe(1)
    screen.close()
    expect(ended).toBe(1)
    screen.print('after')
    expect(terminal.shown).toContain('after')
    await expect(screen.ask('?', true)).resolves.toBeNull()
  })
})
