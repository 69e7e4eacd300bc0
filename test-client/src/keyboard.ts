import { emitKeypressEvents } from 'node:readline'
import { PassThrough } from 'node:stream'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { Key } from './line-editor.ts'

/** A terminal to read from, such as process.stdin. */
export interface TerminalInput extends Readable {
  setRawMode?(raw: boolean): unknown
}

export interface KeyboardOptions {
  input: TerminalInput
  /** `typed` is the text of the key, if it has one. */
  onKey(typed: string | undefined, key: Key): void
  /** A block between the marks of bracketed paste. */
  onPaste(text: string): void
  /** Called after everything that came in one chunk. */
  onPause(): void
  onEnd(): void
}

const pasteStart = '\u001b[200~'
const pasteEnd = '\u001b[201~'
/** Characters of a pasted block that are kept. */
const maxPaste = 200_000

/** Turns the bytes of a terminal in raw mode into keys and pasted blocks. */
export class Keyboard {
  readonly #options: KeyboardOptions
  readonly #decoder = new StringDecoder('utf8')
  readonly #keys = new PassThrough()
  /** Characters that may be the beginning of a mark. */
  #rest = ''
  #pasted: string | null = null

  constructor(options: KeyboardOptions) {
    this.#options = options
    emitKeypressEvents(this.#keys)
    this.#keys.on('keypress', (typed: string | undefined, key: Key) => options.onKey(typed, key))
    options.input.on('data', this.#read)
    options.input.on('end', this.#end)
  }

  raw(on: boolean): void {
    this.#options.input.setRawMode?.(on)
  }

  close(): void {
    this.#options.input.off('data', this.#read)
    this.#options.input.off('end', this.#end)
    this.#options.input.pause()
    this.#keys.removeAllListeners('keypress')
  }

  readonly #end = (): void => this.#options.onEnd()

  readonly #read = (data: Buffer | string): void => {
    let text = this.#rest + (typeof data === 'string' ? data : this.#decoder.write(data))
    this.#rest = ''
    while (text !== '') {
      const isPasting = this.#pasted !== null
      const mark = isPasting ? pasteEnd : pasteStart
      // A pasted text may contain the end mark itself, with a command after it. Only the last mark
      // counts.
      const at = isPasting ? text.lastIndexOf(mark) : text.indexOf(mark)
      const end = at < 0 ? text.length - partOf(mark, text) : at
      this.#take(text.slice(0, end))
      if (at < 0) {
        this.#rest = text.slice(end)
        break
      }
      text = text.slice(at + mark.length)
      this.#marked()
    }
    this.#options.onPause()
  }

  #take(text: string): void {
    if (this.#pasted !== null) this.#pasted = (this.#pasted + text).slice(0, maxPaste)
    // Not written to a stream, because keys must be handled before `onPause`.
    else if (text !== '') this.#keys.emit('data', text)
  }

  #marked(): void {
    const pasted = this.#pasted
    this.#pasted = pasted === null ? '' : null
    if (pasted !== null)
      this.#options.onPaste(pasted.replaceAll(pasteStart, '').replaceAll(pasteEnd, ''))
  }
}

/** The number of characters at the end of a text that may begin a mark. */
function partOf(mark: string, text: string): number {
  for (let length = mark.length - 1; length > 0; length--) {
    if (text.endsWith(mark.slice(0, length))) return length
  }
  return 0
}
