import { type NodeStat, type Operation, type ToError, ZooKeeperClient } from './zookeeper-client.ts'

/**
 * How sure this process is that its ZooKeeper session lives at the server.
 * - `connected`: the last answer is younger than a third of the session's time-out.
 * - `suspect`: it is older, but the session cannot have ended yet.
 * - `lost`: the process has no session, or its session may end at any moment.
 */
export type SessionState = 'connected' | 'suspect' | 'lost'

export interface ZooKeeperSessionOptions {
  /** `host:port,…`; with a path behind it, all nodes are below that path. */
  connect: string
  /**
   * The server removes the ephemeral nodes of a killed process after this time. Example: 6,000. The
   * session is then `suspect` after 2 s of silence and `lost` after 4 s, and is replaced after 6 s.
   */
  sessionTimeoutMs: number
  toError: ToError
}

const connectTimeoutMs = 5_000
const lookEveryMs = 3_000
/** The number of probes in one time-out. */
const probesPerSession = 6
const suspectAfter = 1 / 3
const lostAfter = 2 / 3

/**
 * Keeps a ZooKeeper session, and replaces it when it has ended. The library sends pings, but does
 * not notice that no answer comes. So this class sends a probe six times in each time-out:
 * 1. An answer within a third of the time-out keeps the state `connected`.
 * 2. After a third of the time-out without an answer the state is `suspect`, after two thirds
 *    `lost`. So it is `lost` before the server can give a leadership of this session to another
 *    process.
 * 3. After the whole time-out without an answer, or when the server says that the session has
 *    expired, a new client opens a new session. The requests of the old client fail immediately.
 *
 * Operations go to the newest client.
 */
export class ZooKeeperSession {
  readonly #options: ZooKeeperSessionOptions
  readonly #timer: NodeJS.Timeout
  readonly #waiting = new Set<() => void>()
  readonly #stateListeners = new Set<(state: SessionState) => void>()
  readonly #sessionListeners = new Set<() => void>()
  readonly #lookListeners = new Set<() => void>()
  #client: ZooKeeperClient
  #sessionId: string | null = null
  #state: SessionState = 'lost'
  #lookedMs = 0
  #closed = false

  private constructor(options: ZooKeeperSessionOptions) {
    this.#options = options
    this.#client = this.#newClient()
    const everyMs = options.sessionTimeoutMs / probesPerSession
    this.#timer = setInterval(() => this.#tick(), everyMs).unref()
  }

  /** @throws the port's `unavailable`: no session could be opened within 5 s */
  static async open(options: ZooKeeperSessionOptions): Promise<ZooKeeperSession> {
    const session = new ZooKeeperSession(options)
    if (await session.#connected(connectTimeoutMs)) return session
    await session.close()
    throw options.toError('unavailable', `ZooKeeper at ${options.connect} does not answer`)
  }

  /**
   * The client of the newest session, which may still be opening. A caller that must not mix two
   * sessions keeps this object: its operations fail after its session has ended.
   */
  get client(): ZooKeeperClient {
    return this.#client
  }

  /** The id of the newest session, in hex; null before the first one. */
  get sessionId(): string | null {
    return this.#sessionId
  }

  get state(): SessionState {
    // After the process was frozen, a caller may come here before the timers have run.
    if (this.#silence() >= lostAfter) this.#set('lost')
    return this.#state
  }

  onState(listener: (state: SessionState) => void): () => void {
    this.#stateListeners.add(listener)
    return () => void this.#stateListeners.delete(listener)
  }

  /**
   * Called when a new session begins. The ephemeral nodes of the last session have been removed, or
   * will be.
   */
  onSession(listener: () => void): () => void {
    this.#sessionListeners.add(listener)
    return () => void this.#sessionListeners.delete(listener)
  }

  /**
   * Called when the caller should read all its nodes again, because it may have missed a change: at
   * each connection, and every 3 s while the server answers.
   */
  onLook(listener: () => void): () => void {
    this.#lookListeners.add(listener)
    return () => void this.#lookListeners.delete(listener)
  }

  create(path: string, data: string | null): Promise<string | null> {
    return this.#client.create(path, data)
  }

  get(
    path: string,
    onChange?: () => void,
  ): Promise<{ data: Buffer | null; stat: NodeStat } | null> {
    return this.#client.get(path, onChange)
  }

  stat(path: string): Promise<NodeStat | null> {
    return this.#client.stat(path)
  }

  children(path: string, onChange?: () => void): Promise<string[] | null> {
    return this.#client.children(path, onChange)
  }

  commit(operations: readonly Operation[]): Promise<boolean> {
    return this.#client.commit(operations)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#timer)
    const known = this.#client.established && this.#state !== 'lost'
    if (known) await this.#client.close()
    else this.#client.destroy()
    this.#set('lost')
  }

  /** Resolves with true if the state becomes `connected` within this time. */
  #connected(timeoutMs: number): Promise<boolean> {
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

  #newClient(): ZooKeeperClient {
    const { connect, sessionTimeoutMs, toError } = this.#options
    const client: ZooKeeperClient = new ZooKeeperClient({
      connect,
      sessionTimeoutMs,
      toError,
      onConnected: () => {
        if (client === this.#client && !this.#closed) this.#onConnected(client.sessionId)
      },
      onExpired: () => {
        if (client === this.#client && !this.#closed) this.#replaceClient()
      },
    })
    return client
  }

  #onConnected(sessionId: string): void {
    const isNew = sessionId !== this.#sessionId
    this.#sessionId = sessionId
    if (isNew) for (const listener of this.#sessionListeners) listener()
    this.#set('connected')
    this.#look()
  }

  #replaceClient(): void {
    this.#set('lost')
    this.#client.destroy()
    this.#client = this.#newClient()
  }

  #tick(): void {
    const client = this.#client
    const silence = this.#silence()
    if (silence >= 1) {
      this.#replaceClient()
      return
    }
    if (!client.established) return
    if (silence >= lostAfter) this.#set('lost')
    else this.#set(silence >= suspectAfter ? 'suspect' : 'connected')
    client.stat('/').then(
      () => this.#onAnswer(client),
      () => undefined,
    )
  }

  /**
   * The time since the last answer, as a part of the session's time-out. Example: 0.5 after 3 s of
   * 6 s.
   */
  #silence(): number {
    return (performance.now() - this.#client.heardMs) / this.#options.sessionTimeoutMs
  }

  #onAnswer(client: ZooKeeperClient): void {
    if (this.#closed || client !== this.#client) return
    const wasLost = this.#state === 'lost'
    this.#set('connected')
    if (wasLost || performance.now() - this.#lookedMs >= lookEveryMs) this.#look()
  }

  #look(): void {
    this.#lookedMs = performance.now()
    for (const listener of this.#lookListeners) listener()
  }

  #set(state: SessionState): void {
    if (state !== this.#state) {
      this.#state = state
      for (const listener of this.#stateListeners) listener(state)
    }
    if (state === 'connected') for (const done of this.#waiting) done()
  }
}
