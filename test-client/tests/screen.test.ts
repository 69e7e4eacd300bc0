import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import stringWidth from 'string-width'
import { Screen } from '../src/screen.ts'
import { TinyTerminal } from './tiny-terminal.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('Screen', () => {
  let input: PassThrough
  let terminal: TinyTerminal
  let screen: Screen
  let lines: string[]
  let ended: number

  let suspended: () => void

  const open = () => {
    const opened = new Screen({
      input,
      output: terminal,
      complete: (line) => ({
        from: 0,
        hits: ['/help', '/history'].filter((hit) => hit.startsWith(line)),
      }),
      suspend: () => suspended(),
      onLine: (line) => lines.push(line),
      onTyping: () => {},
      onEnd: () => ended++,
    })
    opened.prompt('> ')
    return opened
  }

  beforeEach(() => {
    input = new PassThrough()
    terminal = new TinyTerminal(20)
    lines = []
    ended = 0
    suspended = () => {}
    screen = open()
  })

  afterEach(() => screen.close())

  const type = async (text: string) => {
    for (const key of text) input.write(key)
    await settled()
  }

  it('prints above the line that is being typed', async () => {
    await type('hel')
    screen.print('bob: hi')
    await type('lo')
    expect(terminal.screen).toEqual(['bob: hi', '> hello'])
    expect(terminal.cursor).toEqual({ row: 1, column: 7 })
  })

  it('prints above an input of several rows, with the cursor anywhere in it', async () => {
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

  it.each([17, 18, 19, 20, 38, 39])('removes an entered line of %i characters', async (length) => {
    screen.print('before')
    await type(`${'x'.repeat(length)}\r`)
    expect(lines).toEqual(['x'.repeat(length)])
    expect(terminal.shown).toBe('before\n>')
  })

  it('keeps lines between the scrolled ones and the prompt', async () => {
    screen.stay(['… hello', '… a text that is longer than the screen is wide'])
    await type('nex')
    screen.print('bob: hi')
    await type('t')
    expect(terminal.screen).toEqual(['bob: hi', '… hello', '… a text that is l…', '> next'])
    screen.stay([])
    expect(terminal.screen).toEqual(['bob: hi', '> next'])
  })

  it('keeps the staying lines when a line is entered', async () => {
    screen.stay(['… hello'])
    await type('/who\r')
    expect(terminal.shown).toBe('… hello\n>')
    screen.print('ada')
    expect(terminal.shown).toBe('ada\n… hello\n>')
  })

  it('leaves room to type after a long prompt', async () => {
    screen.prompt('[#a room with a long name] > ')
    await type('hello')
    expect(terminal.screen).toEqual(['[#a roo…> hello'])
  })

  it('changes the prompt while a line is being typed', async () => {
    await type('hi')
    screen.prompt('[room] > ')
    expect(terminal.screen).toEqual(['[room] > hi'])
  })

  it('completes', async () => {
    await type('/he\t')
    await settled()
    expect(terminal.screen).toEqual(['> /help'])
  })

  it('does not show a hidden answer and keeps it out of the history', async () => {
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

  it('asks a question that is longer than a row, and keeps the unfinished line', async () => {
    await type('half a li')
    const answer = screen.ask('Is this longer than a row? ', false)
    await type('yes\r')
    expect(await answer).toBe('yes')
    await type('ne')
    expect(terminal.screen).toEqual(['Is this longer than', 'a row? yes', '> half a line'])
  })

  it.each(['🇩🇪', '👩‍👩‍👧‍👦', 'e\u0301', '日', 'ᄒ\u1161\u11ab', '❤️', 'नि', '\t'])(
    'keeps the lines above while %s is typed near the edge, with any width of the character',
    async (character) => {
      for (const widthOf of [
        () => 1,
        () => 2,
        (one: string) => (/\p{M}|\u200d|\ufe0f/u.test(one) ? 0 : 2),
        (one: string) => stringWidth(one),
      ]) {
        screen.close()
        input = new PassThrough()
        terminal = new TinyTerminal(20, widthOf)
        screen = open()
        screen.print('first')
        for (let length = 8; length < 20; length++) {
          await type(`${'x'.repeat(length)}${character}`)
          screen.print(`line ${length}`)
          await type('\u0001y\u0005\u0003')
        }
        const shown = Array.from({ length: 12 }, (_, index) => `line ${index + 8}`)
        // A terminal that draws wider than any known one may leave traces, but loses nothing.
        expect(terminal.screen.filter((row) => /^(first|line)/u.test(row))).toEqual([
          'first',
          ...shown,
        ])
      }
    },
  )

  it.each([1, 2, 5, 10])('loses no line on a terminal of %i columns', async (columns) => {
    screen.close()
    terminal = new TinyTerminal(columns)
    input = new PassThrough()
    screen = open()
    screen.stay(['… on its way'])
    await type('a text of some length')
    for (const line of ['1', '2', '3']) screen.print(line)
    expect(terminal.screen.filter((row) => /^\d$/u.test(row))).toEqual(['1', '2', '3'])
  })

  it('draws again when the terminal becomes wider or narrower', async () => {
    screen.print('before')
    await type('a text of some length, for two rows')
    terminal.columns = 60
    terminal.emit('resize')
    expect(terminal.screen).toEqual(['before', '> a text of some length, for two rows'])
  })

  it('keeps a few of many staying lines, and the typed line within the screen', async () => {
    terminal.rows = 8
    screen.stay(Array.from({ length: 60 }, (_, index) => `… ${index}`))
    expect(terminal.screen).toEqual(['… 0', '… 1', '… 2', '… 3', '… and 56 more', '>'])
    await type('x'.repeat(400))
    expect(terminal.screen.length).toBeLessThanOrEqual(8)
  })

  const paste = async (text: string) => {
    for (const piece of `\u001b[200~${text}\u001b[201~`.match(/[^]{1,7}/gu) ?? [])
      input.write(piece)
    await settled()
  }

  it('enters a pasted block that ends with a line break as one line', async () => {
    await paste('one\r\n/quit\rthree\n')
    expect(lines).toEqual(['one\n/quit\nthree'])
    expect(terminal.screen).toEqual(['>'])
  })

  it('lets a pasted block without a final line break be edited', async () => {
    await type('see: ')
    await paste('one\ntwo')
    expect(lines).toEqual([])
    expect(terminal.screen).toEqual(['> see: one', 'two'])
    await type('!\r')
    expect(lines).toEqual(['see: one\ntwo!'])
  })

  it('lets no pasted block become a command', async () => {
    await paste('/quit\nnow\n')
    await paste('/kick bob\nnow')
    await type('\r')
    expect(lines).toEqual(['//quit\nnow', '//kick bob\nnow'])
  })

  it('treats a paste mark within a pasted block as a part of it', async () => {
    input.write('\u001b[200~see \u001b[201~\r/kick bob\r\u001b[201~!')
    await settled()
    expect(lines).toEqual(['see \n/kick bob'])
    expect(terminal.screen).toEqual(['> !'])
  })

  it('neither enters a single pasted line nor handles a pasted key', async () => {
    await paste('/quit\n')
    expect(lines).toEqual([])
    expect(terminal.screen).toEqual(['> /quit'])
    await type('\u0003')
    await paste('a\u0003b\u001b[Ac\n\n')
    expect(ended).toBe(0)
    await type('\r')
    expect(lines).toEqual(['a\u0003b\u001b[Ac'])
  })

  it('restores the terminal when it is stopped, and continues at once', async () => {
    const modes: boolean[] = []
    Object.assign(input, { setRawMode: (raw: boolean) => modes.push(raw) })
    await type('half')
    suspended = () => {
      expect(terminal.shown).toBe('')
      expect(modes).toEqual([false])
      terminal.write('$ fg\n')
    }
    await type('\u001a')
    expect(modes).toEqual([false, true])
    await type(' a line')
    expect(terminal.screen).toEqual(['$ fg', '> half a line'])
    expect(terminal.raw.match(/\?2004[hl]/gu)).toEqual(['?2004h', '?2004l', '?2004h'])
  })

  it('drops the line on Ctrl-C and ends on the next one', async () => {
    await type('half a line\u0003')
    expect(terminal.screen).toEqual(['>'])
    expect(ended).toBe(0)
    await type('\u0003')
    expect(ended).toBe(1)
    expect(lines).toEqual([])
  })

  it('ends on Ctrl-D in an empty line only', async () => {
    await type('ab\u0001\u0004')
    expect([terminal.screen, ended]).toEqual([['> b'], 0])
    await type('\u0004\u0004')
    expect(ended).toBe(1)
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
