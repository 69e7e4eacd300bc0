import { PassThrough } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { columnsOf, rowsOf } from './display.ts'
import type { TerminalOutput } from './display.ts'

describe('the size of a terminal', () => {
  const terminal = (columns?: number, rows?: number): TerminalOutput =>
    Object.assign(new PassThrough(), {
      ...(columns !== undefined && { columns }),
      ...(rows !== undefined && { rows }),
    })

  it.each([
    [terminal(100, 30), 100, 30],
    [terminal(1, 1), 2, 1],
    [terminal(0, 0), 80, 24],
    [terminal(), 80, 24],
  ])('is a usual one if the terminal does not know it', (output, columns, rows) => {
    expect([columnsOf(output), rowsOf(output)]).toEqual([columns, rows])
  })
})
