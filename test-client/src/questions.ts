import type { Display } from './display.ts'
import { CommandError } from './errors.ts'
import type { Passwords } from './passwords.ts'
import { visible } from './visible.ts'

/** Asks the person at the terminal. */
export class Questions implements Passwords {
  readonly given?: string
  readonly #display: () => Display

  constructor(display: () => Display, given: string | undefined) {
    this.#display = display
    if (given !== undefined) this.given = given
  }

  async ask(username: string): Promise<string> {
    return this.given ?? this.#ask(`password of ${visible(username)}: `, true)
  }

  async askNew(username: string, sure: boolean, typed: string): Promise<string | null> {
    if (this.given !== undefined) return this.given
    const name = visible(username)
    if (!sure && !(await this.confirm(`No account ${name} with this password. Create it?`))) {
      return null
    }
    for (let first = typed; ; first = '') {
      if (first === '') first = await this.#ask(`new password for ${name}: `, true)
      if (first === '') return null
      if (first === (await this.#ask('the same password once more: ', true))) return first
      this.#display().print('These two were not the same.')
    }
  }

  /** Every answer but yes counts as no. @throws CommandError if the person leaves instead */
  async confirm(question: string): Promise<boolean> {
    return /^y(es)?$/iu.test((await this.#ask(`${question} [y/N] `, false)).trim())
  }

  async #ask(question: string, hidden: boolean): Promise<string> {
    const answer = await this.#display().ask(question, hidden)
    if (answer === null) throw new CommandError('no_password', 'no answer')
    return answer
  }
}
