import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { readLines } from './read-lines.ts'

const linesOf = async (input: Readable) => {
  const lines: unknown[] = []
  for await (const line of readLines(input, new AbortController().signal)) lines.push(line)
  return lines
}

describe('readLines', () => {
  it('ends a line at a line feed, with or without a carriage return, and nowhere else', async () => {
    const text = 'one\r\ntwo\u2028/quit\n\nfour\u0085\v\f\rfive\nlast'
    expect(await linesOf(Readable.from([Buffer.from(text)]))).toEqual([
      'one',
      'two\u2028/quit',
      '',
      'four\u0085\v\f\rfive',
      'last',
    ])
  })

  it('joins a line or a character that comes in pieces', async () => {
    const bytes = Buffer.from('grüße 👍\nend\n')
    const pieces = Array.from(bytes, (byte) => Buffer.from([byte]))
    expect(await linesOf(Readable.from(pieces))).toEqual(['grüße 👍', 'end'])
  })

  it('refuses a line that is not UTF-8, and reads on', async () => {
    const input = Readable.from([
      Buffer.from('one\ncaf\xe9\n\ufffd\n', 'latin1'),
      Buffer.from('\ufffd'),
    ])
    expect(await linesOf(input)).toMatchObject([
      'one',
      { code: 'unreadable_input', message: 'line 2 is not UTF-8, and is not sent' },
      { code: 'unreadable_input' },
      '\ufffd',
    ])
  })

  it('throws when the input fails', async () => {
    const input = new PassThrough()
    const lines = linesOf(input)
    input.destroy(new Error('EIO'))
    await expect(lines).rejects.toMatchObject({ code: 'unreadable_input' })
  })

  it('refuses a line without an end', async () => {
    const endless = Readable.from([Buffer.alloc(600_000, 'x'), Buffer.alloc(600_000, 'x')])
    await expect(linesOf(endless)).rejects.toMatchObject({ code: 'unreadable_input' })
  })

  it('stops on request, even if the input stays open', async () => {
    const stop = new AbortController()
    const lines = readLines(new PassThrough(), stop.signal)
    const next = lines.next()
    stop.abort()
    expect(await next).toMatchObject({ done: true })
  })
})
