/**
 * Larger than a batch that a broker accepts, and far smaller than a crafted input can expand to.
 */
export const maxOutputBytes: number = 32 * 1024 * 1024

/**
 * A buffer that grows up to a bound. The bound is needed because the author of compressed bytes
 * decides how much output they have.
 */
export class Output {
  length = 0
  #bytes: Buffer

  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafe(Math.min(Math.max(expected, 64), maxOutputBytes))
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** Copies `count` bytes from `distance` bytes before the end. Source and target may overlap. */
  repeat(distance: number, count: number): void {
    if (distance <= 0 || distance > this.length)
      throw new RangeError('a copy from before the start')
    this.#reserve(count)
    for (let from = this.length - distance, left = count; left > 0; from += 1, left -= 1) {
      this.#bytes[this.length] = this.#bytes[from] ?? 0
      this.length += 1
    }
  }

  taken(): Buffer {
    return this.#bytes.subarray(0, this.length)
  }

  #reserve(count: number): void {
    const needed = this.length + count
    if (needed <= this.#bytes.length) return
    if (needed > maxOutputBytes) throw new RangeError(`more than ${maxOutputBytes} bytes come out`)
    const grown = Buffer.allocUnsafe(
      Math.min(maxOutputBytes, Math.max(needed, 2 * this.#bytes.length)),
    )
    this.#bytes.copy(grown, 0, 0, this.length)
    this.#bytes = grown
  }
}

/** @throws RangeError: the input is cut short */
export function slice(input: Buffer, at: number, length: number): Buffer {
  if (length < 0 || at + length > input.length) throw new RangeError('the input is cut short')
  return input.subarray(at, at + length)
}
