import type { Completion } from './completion.ts'
import { columnsOf, rowsOf } from './display.ts'
import type { Display, DisplayEvents, TerminalOutput } from './display.ts'
import { inputRows } from './input-rows.ts'
import { Keyboard } from './keyboard.ts'
import type { TerminalInput } from './keyboard.ts'
import { LineEditor } from './line-editor.ts'
import type { Key } from './line-editor.ts'
import { cutTo, widestOf, wrap } from './text-width.ts'

export interface ScreenOptions extends DisplayEvents {
  input: TerminalInput
  output: TerminalOutput
  complete(line: string): Completion
  /** Ctrl-Z: stops this program. Returns when it continues. */
  suspend(): void
}

interface Question {
  text: string
  hidden: boolean
  answer(line: string | null): void
}

const csi = '\u001b['
const pasteMarks = { on: `${csi}?2004h`, off: `${csi}?2004l` }
const maxStaying = 5
const maxInputRows = 12

/**
 * Three areas: lines that scroll; below them a few that stay (own messages on their way, typing
 * users); below them the prompt. A new line never breaks the typed text: everything from the
 * staying lines on is cleared, the line is printed, and the rest is drawn again.
 *
 * Nothing drawn is wider than the screen, and the cursor is placed by writing the text before it,
 * so that no redraw depends on the terminal's widths of characters.
 */
export class Screen implements Display {
  readonly #options: ScreenOptions
  readonly #output: TerminalOutput
  readonly #keyboard: Keyboard
  readonly #line = new LineEditor()
  #answering: LineEditor | null = null
  #question: Question | null = null
  #prompt = ''
  #staying: readonly string[] = []
  /** The drawn rows down to the cursor; the last one only up to the cursor. */
  #drawn: readonly string[] = []
  #typed = ''
  #returned = false
  #closed = false

  constructor(options: ScreenOptions) {
    this.#options = options
    this.#output = options.output
    this.#keyboard = new Keyboard({
      input: options.input,
      onKey: (typed, key) => this.#key(typed, key),
      onPaste: (text) => this.#pasted(text),
      onPause: () => this.#paused(),
      onEnd: () => this.close(),
    })
    this.#output.on('resize', this.#redraw)
    this.#keyboard.raw(true)
    this.#output.write(pasteMarks.on)
  }

  print(text: string): void {
    if (this.#closed) return void this.#output.write(`${text}\n`)
    this.#draw(`${text}\n`)
  }

  stay(lines: readonly string[]): void {
    this.#staying = lines
    this.#redraw()
  }

  prompt(text: string): void {
    this.#prompt = text
    this.#redraw()
  }

  ask(text: string, hidden: boolean): Promise<string | null> {
    if (this.#closed) return Promise.resolve(null)
    return new Promise((resolve) => {
      this.#question = { text, hidden, answer: resolve }
      this.#answering = new LineEditor()
      this.#redraw()
    })
  }

  close(): void {
    if (this.#closed) return
    this.#output.write(`${this.#clearing()}${pasteMarks.off}`)
    this.#closed = true
    this.#output.off('resize', this.#redraw)
    this.#keyboard.raw(false)
    this.#keyboard.close()
    this.#question?.answer(null)
    this.#options.onEnd()
  }

  /** Takes the keyboard and the screen again after another program had them. */
  resume(): void {
    if (this.#closed) return
    this.#keyboard.raw(true)
    this.#drawn = []
    this.#output.write(pasteMarks.on)
    this.#redraw()
  }

  get #editor(): LineEditor {
    return this.#answering ?? this.#line
  }

  #key(typed: string | undefined, key: Key): void {
    if (this.#closed) return
    const { name, ctrl, meta } = key
    const afterReturn = this.#returned
    this.#returned = name === 'return'
    if (name === 'return' && meta === true) return this.#editor.insert('\n')
    if (name === 'return') return this.#entered()
    // The second half of a CR LF.
    if (name === 'enter') return afterReturn ? undefined : this.#entered()
    if (ctrl === true && this.#controlled(name ?? '')) return
    if (name === 'tab') return this.#complete()
    if (this.#editor.press(key)) return
    const isText = typed !== undefined && ctrl !== true && meta !== true && !/\p{Cc}/u.test(typed)
    if (isText) this.#editor.insert(typed)
  }

  /** Handles a control key. @returns true if it was one */
  #controlled(name: string): boolean {
    const isEmpty = this.#editor.text === ''
    switch (name) {
      case 'c':
        if (isEmpty) this.close()
        else this.#editor.take()
        return true
      case 'd':
        if (isEmpty) this.close()
        return isEmpty
      case 'l':
        this.#drawn = []
        this.#output.write(`${csi}H${csi}2J`)
        return true
      case 'z':
        this.#suspend()
        return true
      default:
        return false
    }
  }

  #suspend(): void {
    this.#output.write(`${this.#clearing()}${pasteMarks.off}`)
    this.#keyboard.raw(false)
    this.#options.suspend()
    this.resume()
  }

  #entered(): void {
    const line = this.#editor.take()
    const question = this.#question
    if (question !== null) {
      this.#question = null
      this.#answering = null
      this.#draw(question.hidden ? '' : `${question.text}${line}\n`)
      return question.answer(line)
    }
    if (line.trim() !== '') this.#line.remember(line)
    this.#typed = ''
    this.#redraw()
    this.#options.onLine(line)
  }

  /** A pasted block is one text: its lines are neither entered nor run as commands. */
  #pasted(block: string): void {
    if (this.#closed) return
    const text = block.replaceAll(/\r\n?/g, '\n')
    const body = text.replace(/\n+$/u, '')
    const editor = this.#editor
    if (this.#question !== null || !body.includes('\n'))
      return editor.insert(body.split('\n')[0] ?? '')
    const isFirst = editor.cursor === 0
    editor.insert(isFirst && body.startsWith('/') ? `/${body}` : body)
    const isCommand = editor.text.startsWith('/') && !editor.text.startsWith('//')
    if (body === text || isCommand || editor.cursor !== editor.text.length) return
    const line = editor.take()
    this.#line.remember(line)
    this.#options.onLine(line)
  }

  #paused(): void {
    if (this.#closed) return
    this.#redraw()
    if (this.#question !== null || this.#line.text === this.#typed) return
    this.#typed = this.#line.text
    this.#options.onTyping(this.#typed)
  }

  #complete(): void {
    if (this.#question !== null) return
    const { text, cursor } = this.#line
    const { from, hits } = this.#options.complete(text.slice(0, cursor))
    const [first = ''] = hits
    const common = hits.length === 1 ? `${first} ` : hits.reduce(commonStart, first)
    const typed = text.slice(from, cursor)
    if (hits.length > 0 && common.length >= typed.length) {
      this.#line.set(text.slice(0, from) + common + text.slice(cursor), from + common.length)
    }
    if (hits.length > 1 && common.length <= typed.length) {
      this.#draw(`${wrap(hits.join('  '), this.#columns, '')}\n`)
    }
  }

  readonly #redraw = (): void => {
    if (!this.#closed) this.#draw('')
  }

  /** Prints `lines` in the place of the staying lines, and draws those and the prompt below. */
  #draw(lines: string): void {
    const { text, cursor } = this.#editor
    const hidden = this.#question?.hidden === true
    const staying = this.#shownStaying()
    const { rows, cursorRow, beforeCursor } = inputRows(
      this.#shownPrompt(),
      hidden ? '' : text,
      hidden ? 0 : cursor,
      this.#columns,
      Math.max(1, Math.min(maxInputRows, this.#rows - staying.length - 1)),
    )
    const up = rows.length - 1 - cursorRow
    const back = `${up > 0 ? `${csi}${up}A` : ''}\r${beforeCursor}`
    const all = [...staying, ...rows].join('\r\n')
    this.#output.write(`${this.#clearing()}${lines}${all}${back}`)
    this.#drawn = [...staying, ...rows.slice(0, cursorRow), beforeCursor]
  }

  /** Moves to the first drawn row, and clears everything from there on. */
  #clearing(): string {
    // A terminal that became narrower has broken the rows that no longer fit.
    const rows = this.#drawn.map((row) => Math.max(1, Math.ceil(widestOf(row) / this.#columns)))
    const up = rows.reduce((sum, count) => sum + count, 0) - 1
    this.#drawn = []
    return `\r${up > 0 ? `${csi}${up}A` : ''}${csi}J`
  }

  #shownStaying(): string[] {
    const room = Math.max(0, Math.min(maxStaying, this.#rows - 3))
    const hidden = this.#staying.length - room
    const lines = hidden > 0 ? this.#staying.slice(0, Math.max(0, room - 1)) : this.#staying
    const more = hidden > 0 && room > 0 ? [`… and ${hidden + 1} more`] : []
    return [...lines, ...more].map((line) => cutTo(line, this.#columns - 1))
  }

  #shownPrompt(): string {
    if (this.#question !== null) return this.#question.text
    const columns = Math.max(this.#columns >> 1, this.#columns - 10)
    if (widestOf(this.#prompt) <= columns) return this.#prompt
    return `${cutTo(this.#prompt, columns - 2)}> `
  }

  get #columns(): number {
    return columnsOf(this.#output)
  }

  get #rows(): number {
    return rowsOf(this.#output)
  }
}

function commonStart(one: string, other: string): string {
  let end = 0
  while (end < one.length && one[end]?.toLowerCase() === other[end]?.toLowerCase()) end++
  return one.slice(0, end)
}
