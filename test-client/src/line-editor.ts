import { graphemesOf } from './text-width.ts'

/** A key as `readline.emitKeypressEvents` names it. */
export interface Key {
  name?: string | undefined
  ctrl?: boolean
  meta?: boolean
}

const maxHistory = 200

/** The line that is being typed: its text, the position of the cursor, and earlier lines. */
export class LineEditor {
  #text = ''
  #cursor = 0
  #killed = ''
  readonly #history: string[] = []
  /** The index of the history line that is shown; the history's length: none. */
  #shown = 0
  /** The line that was being typed before the history was opened. */
  #draft = ''

  get text(): string {
    return this.#text
  }

  /** An index into `text`, never within a grapheme. */
  get cursor(): number {
    return this.#cursor
  }

  set(text: string, cursor: number = text.length): void {
    this.#text = text
    this.#cursor = cursor
  }

  insert(text: string): void {
    this.set(this.#before + text + this.#after, this.#cursor + text.length)
  }

  /** Empties the line and returns it. */
  take(): string {
    const text = this.#text
    this.set('')
    return text
  }

  /** Keeps a line in the history. */
  remember(line: string): void {
    const known = this.#history.indexOf(line)
    if (known >= 0) this.#history.splice(known, 1)
    this.#history.push(line)
    if (this.#history.length > maxHistory) this.#history.shift()
    this.#shown = this.#history.length
  }

  /** Handles an editing key. @returns true if it was one */
  press({ name = '', ctrl = false, meta = false }: Key): boolean {
    const edit = (ctrl ? controls[name] : meta ? metas[name] : plains[name]) ?? null
    if (edit === null) return false
    this[edit]()
    return true
  }

  left(): void {
    this.#cursor -= lengthOf(graphemesOf(this.#before).at(-1))
  }

  right(): void {
    this.#cursor += lengthOf(graphemesOf(this.#after)[0])
  }

  home(): void {
    this.#cursor = 0
  }

  end(): void {
    this.#cursor = this.#text.length
  }

  wordLeft(): void {
    this.#cursor -= lengthOf(/\S*\s*$/u.exec(this.#before)?.[0])
  }

  wordRight(): void {
    this.#cursor += lengthOf(/^\s*\S*/u.exec(this.#after)?.[0])
  }

  backspace(): void {
    this.#cutFrom(() => this.left())
  }

  delete(): void {
    this.#cutTo(() => this.right())
  }

  killWordLeft(): void {
    this.#killed = this.#cutFrom(() => this.wordLeft())
  }

  killWordRight(): void {
    this.#killed = this.#cutTo(() => this.wordRight())
  }

  killToHome(): void {
    this.#killed = this.#cutFrom(() => this.home())
  }

  killToEnd(): void {
    this.#killed = this.#cutTo(() => this.end())
  }

  yank(): void {
    this.insert(this.#killed)
  }

  older(): void {
    if (this.#shown === 0) return
    if (this.#shown === this.#history.length) this.#draft = this.#text
    this.set(this.#history[--this.#shown] ?? '')
  }

  newer(): void {
    if (this.#shown === this.#history.length) return
    this.set(this.#history[++this.#shown] ?? this.#draft)
  }

  get #before(): string {
    return this.#text.slice(0, this.#cursor)
  }

  get #after(): string {
    return this.#text.slice(this.#cursor)
  }

  #cutFrom(moveBack: () => void): string {
    const end = this.#cursor
    moveBack()
    return this.#cut(this.#cursor, end)
  }

  #cutTo(moveOn: () => void): string {
    const start = this.#cursor
    moveOn()
    return this.#cut(start, this.#cursor)
  }

  #cut(start: number, end: number): string {
    const cut = this.#text.slice(start, end)
    this.set(this.#text.slice(0, start) + this.#text.slice(end), start)
    return cut
  }
}

type Edit =
  | 'left'
  | 'right'
  | 'home'
  | 'end'
  | 'wordLeft'
  | 'wordRight'
  | 'backspace'
  | 'delete'
  | 'killWordLeft'
  | 'killWordRight'
  | 'killToHome'
  | 'killToEnd'
  | 'yank'
  | 'older'
  | 'newer'

const plains: Readonly<Record<string, Edit>> = {
  left: 'left',
  right: 'right',
  home: 'home',
  end: 'end',
  backspace: 'backspace',
  delete: 'delete',
  up: 'older',
  down: 'newer',
}

const controls: Readonly<Record<string, Edit>> = {
  b: 'left',
  f: 'right',
  a: 'home',
  e: 'end',
  left: 'wordLeft',
  right: 'wordRight',
  h: 'backspace',
  d: 'delete',
  w: 'killWordLeft',
  backspace: 'killWordLeft',
  delete: 'killWordRight',
  u: 'killToHome',
  k: 'killToEnd',
  y: 'yank',
  p: 'older',
  n: 'newer',
}

const metas: Readonly<Record<string, Edit>> = {
  b: 'wordLeft',
  left: 'wordLeft',
  f: 'wordRight',
  right: 'wordRight',
  d: 'killWordRight',
  backspace: 'killWordLeft',
}

function lengthOf(text: string | undefined): number {
  return text?.length ?? 0
}
