import { ConfigError } from '@rookery/service-kit'
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'

const linePattern = /^[0-9A-F]{40}(:\d+)?\r?$/
/** Longer than any line. */
const lineBytes = 64
/** A stretch of this size is not halved any more, but read as a whole. */
const stretchBytes = 4_096

/**
 * Passwords that are known from breaches. The file has the SHA-1 of each in upper-case hexadecimal,
 * one a line and sorted, as the downloader of haveibeenpwned.com writes it. `:` and a count may
 * follow. Look-ups search in the file by halving it, so it may have any size.
 */
export class BreachedPasswords {
  readonly #file: FileHandle
  readonly #size: number

  private constructor(file: FileHandle, size: number) {
    this.#file = file
    this.#size = size
  }

  /** @throws ConfigError: the file cannot be read, or its first line is no hash */
  static async open(path: string): Promise<BreachedPasswords> {
    let file: FileHandle
    try {
      file = await open(path, 'r')
    } catch (cause) {
      throw new ConfigError('BREACHED_PASSWORDS', `cannot be read: ${(cause as Error).message}`)
    }
    const breached = new BreachedPasswords(file, (await file.stat()).size)
    const [first = ''] = (await breached.#read(0, lineBytes)).split('\n')
    if (!linePattern.test(first)) {
      await file.close()
      throw new ConfigError('BREACHED_PASSWORDS', 'must begin with a line HASH or HASH:COUNT')
    }
    return breached
  }

  async has(password: string): Promise<boolean> {
    const hash = createHash('sha1').update(password).digest('hex').toUpperCase()
    // The line, if there is one, begins at `from` or later and before `to`.
    let [from, to] = [0, this.#size]
    while (to - from > stretchBytes) {
      const middle = Math.floor((from + to) / 2)
      const [cut = '', next = ''] = (await this.#read(middle, 2 * lineBytes)).split('\n')
      if (next.slice(0, hash.length) <= hash) from = middle + cut.length + 1
      else to = middle + cut.length + 1
    }
    const stretch = await this.#read(from, to - from + lineBytes)
    return stretch.split('\n').some((line) => line.startsWith(hash))
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async #read(position: number, length: number): Promise<string> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(length), 0, length, position)
    return buffer.toString('latin1', 0, bytesRead)
  }
}
