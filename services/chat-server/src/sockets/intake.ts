/** With this many frames waiting behind the one being handled, the socket is paused. */
const maxFrames = 64
/** With this many characters in those frames, it is paused, too: about one frame of full size. */
const maxLength = 64 * 1024
/** With more than this many bytes waiting to go out, the socket is paused as well. */
const maxBufferedBytes = 2 * 1024 * 1024

export interface IntakeDeps {
  socket: { pause(): void; resume(): void }
  /** The bytes that wait to go out. */
  bufferedBytes(): number
  /** Handles one frame. Never rejects. */
  handle(text: string): Promise<void>
}

/**
 * The frames that came in on one socket. They are handled strictly one after another. The socket is
 * paused while too much waits, either here or on the way out, so that a client which sends without
 * reading fills its own buffers and not this process.
 */
export class Intake {
  readonly #deps: IntakeDeps
  #frames: string[] = []
  #length = 0
  #working = false
  #paused = false

  constructor(deps: IntakeDeps) {
    this.#deps = deps
  }

  push(text: string): void {
    this.#frames.push(text)
    this.#length += text.length
    if (this.#frames.length >= maxFrames || this.#length >= maxLength) this.#pause()
    else this.pauseIfUnread()
    if (!this.#working) void this.#work()
  }

  clear(): void {
    this.#frames = []
    this.#length = 0
  }

  /** Pauses while the client does not read what it is sent. */
  pauseIfUnread(): void {
    if (this.#isUnread()) this.#pause()
  }

  /** Resumes once there is room here and on the way out. */
  resumeIfRoom(): void {
    const hasRoom = this.#frames.length < maxFrames / 2 && this.#length < maxLength / 2
    if (!this.#paused || !hasRoom || this.#isUnread()) return
    this.#paused = false
    this.#deps.socket.resume()
  }

  #pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#deps.socket.pause()
  }

  #isUnread(): boolean {
    return this.#deps.bufferedBytes() > maxBufferedBytes
  }

  async #work(): Promise<void> {
    this.#working = true
    for (let next = this.#frames.shift(); next !== undefined; next = this.#frames.shift()) {
      this.#length -= next.length
      await this.#deps.handle(next)
      this.resumeIfRoom()
    }
    this.#working = false
  }
}
