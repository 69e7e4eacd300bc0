import { StringDecoder } from 'node:string_decoder'
import type { Display, DisplayEvents, TerminalOutput } from './display.ts'
import { CommandError } from './errors.ts'
import type { TerminalInput } from './keyboard.ts'
import { readLines } from './read-lines.ts'

export interface PlainScreenOptions extends DisplayEvents {
  input: TerminalInput
  output: TerminalOutput
}

/**
 * A terminal without escape codes. The system edits and shows the line that is being typed, and
 * everything else is printed as it comes.
 */
export class PlainScreen implements Display {
  readonly #options: PlainScreenOptions
  readonly #stop = new AbortController()
  #answer: ((line: string | null) => void) | null = null
  #typedHidden: string | null = null
  #interrupted = false

  constructor(options: PlainScreenOptions) {
    this.#options = options
    void this.#read()
  }

  print(text: string): void {
    this.#options.output.write(`${text}\n`)
  }

  stay(): void {}

  prompt(): void {}

  ask(question: string, hidden: boolean): Promise<string | null> {
    if (this.#stop.signal.aborted) return Promise.resolve(null)
    this.#options.output.write(question)
    // In raw mode the system does not show typed text.
    if (hidden) this.#hide(true)
    return new Promise((resolve) => {
      this.#answer = resolve
    })
  }

  /** Ctrl-C. The system has dropped the line. Only a second one in a row ends the client. */
  interrupt(): void {
    if (this.#interrupted) return this.close()
    this.#interrupted = true
    this.print('')
    this.print('Ctrl-C once more, or /quit, leaves.')
  }

  close(): void {
    if (this.#stop.signal.aborted) return
    this.#hide(false)
    this.#stop.abort()
    this.#answer?.(null)
    this.#options.onEnd()
  }

  async #read(): Promise<void> {
    const { input } = this.#options
    const decoder = new StringDecoder('utf8')
    const hiddenKeys = (bytes: Buffer) =>
      this.#typedHidden === null ? bytes : Buffer.from(this.#hiddenKeys(decoder.write(bytes)))
    for await (const line of readLines(input, this.#stop.signal, hiddenKeys)) {
      if (line instanceof CommandError) this.print(line.message)
      else this.#entered(line)
    }
    this.close()
  }

  #entered(line: string): void {
    this.#interrupted = false
    const answer = this.#answer
    this.#answer = null
    if (answer === null) return this.#options.onLine(line)
    if (this.#typedHidden !== null) this.#options.output.write('\n')
    this.#hide(false)
    answer(line)
  }

  /** Handles keys as the system does for a visible line: erase, end, break off. */
  #hiddenKeys(text: string): string {
    let entered = ''
    for (const key of text) {
      if (key === '\u0003' || key === '\u0004') this.close()
      else if (key === '\u007f' || key === '\b') {
        this.#typedHidden = Array.from(this.#typedHidden ?? '')
          .slice(0, -1)
          .join('')
      } else if (key === '\r' || key === '\n') {
        entered += `${this.#typedHidden}\n`
        this.#typedHidden = ''
      } else this.#typedHidden += key
    }
    return entered
  }

  #hide(hidden: boolean): void {
    this.#typedHidden = hidden ? '' : null
    this.#options.input.setRawMode?.(hidden)
  }
}
