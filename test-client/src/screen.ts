import { createInterface, cursorTo, moveCursor, clearScreenDown } from 'node:readline'
import type { CompleterResult, Interface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { columnsOf, cutTo } from './visible.ts'

/** A terminal to write to, as process.stdout is. */
export interface TerminalOutput extends Writable {
  columns?: number
}

export interface ScreenOptions {
  input: Readable
  output: TerminalOutput
  complete(line: string): CompleterResult
  onLine(line: string): void
  /** A key was pressed that changed the line. */
  onTyping(line: string): void
  /** Ctrl-C or Ctrl-D. */
  onEnd(): void
}

/** The rows of the input line above the cursor, as readline counts them for its next redraw. */
export interface RowCounter {
  prevRows: number
}

/**
 * Lines that scroll, below them a few that stay (own messages on their way, who types), below
 * them the prompt. A line that comes in never breaks what is being typed: everything from the
 * staying lines on is cleared, the line printed, and the rest drawn again.
 */
export class Screen {
  readonly #output: TerminalOutput
  readonly #readline: Interface & Partial<RowCounter>
  #staying: readonly string[] = []
  /** Rows of the staying lines as they were drawn: each takes one. */
  #drawn = 0
  #muted = false
  #asking: ((answer: string) => void) | null = null
  #closed = false

  constructor(options: ScreenOptions) {
    this.#output = options.output
    this.#readline = createInterface({
      input: options.input,
      output: this.#gate(),
      terminal: true,
      completer: (line: string) => options.complete(line),
      historySize: 200,
      removeHistoryDuplicates: true,
    })
    this.#readline.on('history', (history: string[]) => {
      // A password is no line of history.
      if (this.#muted) history.shift()
    })
    this.#readline.on('line', (line) => this.#entered(line, options))
    this.#readline.on('SIGINT', () => this.close())
    this.#readline.on('close', () => {
      this.#closed = true
      options.onEnd()
    })
    options.input.on('keypress', () => {
      if (!this.#muted && !this.#closed) options.onTyping(this.#readline.line)
    })
  }

  print(line: string): void {
    if (this.#closed) return void this.#output.write(`${line}\n`)
    this.#clear()
    this.#output.write(`${line}\n`)
    this.#draw()
  }

  /** Replaces the lines that stay above the prompt; each is cut to one row. */
  stay(lines: readonly string[]): void {
    if (this.#closed) return
    this.#clear()
    this.#staying = lines
    this.#draw()
  }

  prompt(text: string): void {
    if (this.#closed) return
    this.#clear()
    this.#readline.setPrompt(text)
    this.#draw()
  }

  /** Asks for a line that is not shown and not kept. Resolves with '' when the screen is closed. */
  askHidden(question: string): Promise<string> {
    if (this.#closed) return Promise.resolve('')
    this.#clear()
    this.#output.write(question)
    this.#muted = true
    return new Promise((resolve) => {
      this.#asking = resolve
    })
  }

  close(): void {
    if (this.#closed) return
    this.#clear()
    this.#readline.close()
    this.#asking?.('')
  }

  #entered(line: string, options: ScreenOptions): void {
    const asking = this.#asking
    if (asking !== null) {
      this.#asking = null
      this.#muted = false
      this.#output.write('\n')
      this.#draw()
      return asking(line)
    }
    // Enter has moved below the typed line: take that line away, its fate is shown in its place.
    const typed = columnsOf(stripVTControlCharacters(this.#readline.getPrompt()) + line)
    const rows = Math.floor(typed / this.#columns) + 1
    moveCursor(this.#output, 0, -(rows + this.#drawn))
    this.#erase()
    this.#draw()
    options.onLine(line)
  }

  #clear(): void {
    if (this.#muted) {
      cursorTo(this.#output, 0)
      clearScreenDown(this.#output)
      return
    }
    moveCursor(this.#output, 0, -(this.#readline.getCursorPos().rows + this.#drawn))
    this.#erase()
  }

  #erase(): void {
    cursorTo(this.#output, 0)
    clearScreenDown(this.#output)
    this.#drawn = 0
  }

  #draw(): void {
    if (this.#muted) return
    for (const line of this.#staying) {
      this.#output.write(`${cutTo(line, this.#columns - 1)}\n`)
    }
    this.#drawn = this.#staying.length
    // readline would otherwise move up by the rows of what it drew before, into our lines.
    this.#readline.prevRows = 0
    this.#readline.prompt(true)
  }

  get #columns(): number {
    return this.#output.columns ?? 80
  }

  /** readline's output: silent while a password is typed. */
  #gate(): Writable {
    const output = this.#output
    const isMuted = () => this.#muted
    const gate = new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (!isMuted()) output.write(chunk)
        done()
      },
    })
    Object.defineProperty(gate, 'columns', { get: () => output.columns ?? 80 })
    output.on('resize', () => gate.emit('resize'))
    return gate
  }
}
