import type { CoordinationState } from '../coordination.ts'
import { ZooKeeperClient } from './zookeeper-client.ts'

export interface ConnectionOptions {
  connect: string
  sessionTimeoutMs: number
  /**
   * Called when there is reason to look at everything again: a connection, a new session, or a few
   * seconds without either.
   */
  onLook: () => void
  onState: (state: CoordinationState) => void
}

const lookEveryMs = 3_000
/** Of the session: often enough that two probes may be lost before it counts as silent. */
const probesPerSession = 6
const lostAfter = 2 / 3

/**
 * Keeps a session with ZooKeeper, and knows how sure it is of it. The library pings and does not
 * look whether it is answered, so this asks by itself; a session silent for its whole length is
 * replaced by a new one, with a new client.
 */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #timer: NodeJS.Timeout
  readonly #waiting = new Set<() => void>()
  #client: ZooKeeperClient
  #state: CoordinationState = 'lost'
  #lookedMs = 0
  #closed = false

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#client = this.#newClient()
    const everyMs = options.sessionTimeoutMs / probesPerSession
    this.#timer = setInterval(() => this.#tick(), everyMs)
  }

  /** The client of the present session, or of the one that is being sought. */
  get client(): ZooKeeperClient {
    return this.#client
  }

  get state(): CoordinationState {
    // A process that was frozen may be asked before its timers have run.
    if (this.#silence() >= lostAfter) this.#set('lost')
    return this.#state
  }

  /** Resolves with whether there is a session within this time. */
  connected(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timeout)
        this.#waiting.delete(done)
        resolve(this.#state === 'connected')
      }
      const timeout = setTimeout(done, timeoutMs)
      this.#waiting.add(done)
      if (this.#state === 'connected') done()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    const known = this.#client.established && this.#state !== 'lost'
    if (known) await this.#client.close()
    else this.#client.destroy()
    this.#set('lost')
  }

  #newClient(): ZooKeeperClient {
    const { connect, sessionTimeoutMs } = this.#options
    const client: ZooKeeperClient = new ZooKeeperClient({
      connect,
      sessionTimeoutMs,
      onConnected: () => {
        if (client !== this.#client || this.#closed) return
        this.#set('connected')
        this.#look()
      },
      onExpired: () => {
        if (client === this.#client && !this.#closed) this.#replaceClient()
      },
    })
    return client
  }

  #replaceClient(): void {
    this.#set('lost')
    this.#client.destroy()
    this.#client = this.#newClient()
  }

  #tick(): void {
    const { established } = this.#client
    const silence = this.#silence()
    if (silence >= 1) {
      this.#replaceClient()
      return
    }
    if (!established) return
    if (silence >= lostAfter) this.#set('lost')
    else this.#set(silence >= 1 / 3 ? 'suspect' : 'connected')
    this.#client.probe().then(
      () => this.#heard(),
      () => undefined,
    )
  }

  /** In sessions. */
  #silence(): number {
    return (performance.now() - this.#client.heardMs) / this.#options.sessionTimeoutMs
  }

  #heard(): void {
    if (this.#closed) return
    const wasLost = this.#state === 'lost'
    this.#set('connected')
    if (wasLost || performance.now() - this.#lookedMs >= lookEveryMs) this.#look()
  }

  #look(): void {
    this.#lookedMs = performance.now()
    this.#options.onLook()
  }

  #set(state: CoordinationState): void {
    if (state !== this.#state) {
      this.#state = state
      this.#options.onState(state)
    }
    if (state === 'connected') for (const done of this.#waiting) done()
  }
}
