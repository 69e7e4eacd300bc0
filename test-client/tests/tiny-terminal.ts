import { Writable } from 'node:stream'

const token = new RegExp(`${String.fromCharCode(27)}\\[([\\d;?]*)([A-Za-z])|[^]`, 'gu')

/**
 * A terminal of this many columns. It shows what is written to it: text, \r,
 *  and the CSI codes of readline. Emits `shown` after each write.
 */
export class TinyTerminal extends Writable {
  columns: number
  rows = 24
  readonly #widthOf: (character: string) => number
  #rows: string[][] = [[]]
  #row = 0
  #column = 0
  /** The last column was written, so the next character wraps first. */
  #wrap = false

  /** `widthOf`: the columns that a character takes; 0 joins it to the one before. */
  constructor(columns: number, widthOf: (character: string) => number = () => 1) {
    super()
    this.columns = columns
    this.#widthOf = widthOf
  }

  /** All bytes that were written. */
  raw = ''

  /** The rows of the screen, without trailing blanks and empty rows below. */
  get screen(): string[] {
    return this.#rows.map((cells) =>
      cells
        .map((cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    )
  }

  get shown(): string {
    return this.screen.join('\n').trimEnd()
  }

  get cursor(): { row: number; column: number } {
    return { row: this.#row, column: this.#column }
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const text = chunk.toString()
    this.raw += text
    for (const [part, parameter, code] of text.matchAll(token)) {
      if (code !== undefined) this.#control(code, parameter ?? '')
      else if (part === '\r') this.#to(this.#row, 0)
      else if (part === '\n') this.#to(this.#row + 1, 0)
      else this.#put(part)
    }
    this.emit('shown')
    done()
  }

  #put(character: string): void {
    const width = this.#widthOf(character)
    if (width === 0) {
      const before = this.#wrap ? this.#column : this.#column - 1
      const cells = this.#line(this.#row)
      cells[before] = `${cells[before] ?? ''}${character}`
      return
    }
    if (this.#wrap || this.#column + width > this.columns) this.#to(this.#row + 1, 0)
    this.#line(this.#row).splice(this.#column, width, character, ...Array(width - 1).fill(''))
    if (this.#column + width === this.columns) {
      this.#column = this.columns - 1
      this.#wrap = true
    } else this.#column += width
  }

  #control(code: string, parameter: string): void {
    const count = Number(parameter === '' ? 1 : parameter)
    if (code === 'A') this.#to(this.#row - count, this.#column)
    if (code === 'B') this.#to(this.#row + count, this.#column)
    if (code === 'C') this.#to(this.#row, this.#column + count)
    if (code === 'D') this.#to(this.#row, this.#column - count)
    if (code === 'G') this.#to(this.#row, count - 1)
    if (code === 'K')
      this.#line(this.#row).length = Math.min(this.#column, this.#line(this.#row).length)
    if (code === 'J') {
      this.#line(this.#row).length = Math.min(this.#column, this.#line(this.#row).length)
      this.#rows.length = this.#row + 1
    }
  }

  #to(row: number, column: number): void {
    this.#row = Math.max(0, row)
    this.#column = Math.min(Math.max(0, column), this.columns - 1)
    this.#wrap = false
    this.#line(this.#row)
  }

  #line(row: number): string[] {
    while (this.#rows.length <= row) this.#rows.push([])
    return this.#rows[row] ?? []
  }
}
