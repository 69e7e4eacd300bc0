import { OutFrame } from './out-frame.ts'

/** What a writer needs of a TCP socket. */
export interface ByteSocket {
  readonly writable: boolean
  /** The bytes that wait in the socket. */
  readonly writableLength: number
  write(bytes: Buffer): unknown
  cork(): void
  uncork(): void
}

/**
 * Sockets that are flushed in one event-loop tick, so that a large room never holds the loop up.
 */
const socketsPerSlice = 200
const smallBytes = 16 * 1024
const maxBatchBytes = 32 * 1024

/**
 * After a round of flushes, the next one waits this many times as long as the round took. So writes
 * take at most a third of a busy server's time, and a socket's frames of that time share one write.
 * Example: a round of 10 sockets takes 0.1 ms, so the next one comes at once. A round of 1,000
 * sockets takes 10 ms, and the next one begins 20 ms later.
 */
const restFactor = 2
const maxRestMs = 25

/** Flushes the sockets that were sent something: a slice in each tick of the event loop. */
export class Flusher {
  #dirty: SocketWriter[] = []
  #scheduled = false
  #roundMs = 0
  #restUntil = 0

  add(writer: SocketWriter): void {
    this.#dirty.push(writer)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const waitMs = this.#restUntil - performance.now()
    if (waitMs < 1) setImmediate(() => this.#flush())
    else setTimeout(() => this.#flush(), waitMs)
  }

  #flush(): void {
    this.#scheduled = false
    const beganAt = performance.now()
    const slice = this.#dirty.splice(0, socketsPerSlice)
    for (const writer of slice) writer.flush()
    const endedAt = performance.now()
    this.#roundMs += endedAt - beganAt
    if (this.#dirty.length > 0) return this.#schedule()
    this.#restUntil = endedAt + Math.min(this.#roundMs * restFactor, maxRestMs)
    this.#roundMs = 0
  }
}

/** One socket's queue of frames. The frames of a round are one write: writes cost the most. */
export class SocketWriter {
  readonly #socket: ByteSocket
  readonly #flusher: Flusher
  #queue: OutFrame[] = []
  #queuedBytes = 0
  #dirty = false
  /** The client can read several events in one frame. */
  batch = false

  constructor(socket: ByteSocket, flusher: Flusher) {
    this.#socket = socket
    this.#flusher = flusher
  }

  /** The bytes that wait here and in the socket. */
  get bufferedBytes(): number {
    return this.#queuedBytes + this.#socket.writableLength
  }

  push(frame: OutFrame): void {
    // Most queues hold one frame, so the array begins with room for one.
    if (this.#queue.length === 0) this.#queue = [frame]
    else this.#queue.push(frame)
    this.#queuedBytes += frame.json.length
    if (this.#dirty) return
    this.#dirty = true
    this.#flusher.add(this)
  }

  flush(): void {
    this.#dirty = false
    const frames = this.batch ? batched(this.#queue) : this.#queue
    this.#queue = []
    this.#queuedBytes = 0
    if (!this.#socket.writable) return
    const [first] = frames
    if (first === undefined) return
    if (frames.length === 1) {
      this.#socket.write(first.bytes)
      return
    }
    const buffers = frames.map((frame) => frame.bytes)
    const total = buffers.reduce((sum, buffer) => sum + buffer.length, 0)
    if (total <= smallBytes) {
      this.#socket.write(Buffer.concat(buffers, total))
      return
    }
    this.#socket.cork()
    for (const buffer of buffers) this.#socket.write(buffer)
    this.#socket.uncork()
  }
}

/** Runs of events become one frame each. Other frames stay as they are, in order. */
function batched(frames: readonly OutFrame[]): OutFrame[] {
  const out: OutFrame[] = []
  let run: OutFrame[] = []
  let runBytes = 0
  const endRun = (): void => {
    const [only] = run
    if (run.length === 1 && only !== undefined) out.push(only)
    else if (run.length > 1)
      out.push(
        new OutFrame(`{"type":"batch","events":[${run.map((one) => one.json).join(',')}]}`, true),
      )
    run = []
    runBytes = 0
  }
  for (const frame of frames) {
    if (!frame.isEvent || runBytes + frame.json.length > maxBatchBytes) endRun()
    if (frame.isEvent) {
      run.push(frame)
      runBytes += frame.json.length
    } else out.push(frame)
  }
  endRun()
  return out
}
