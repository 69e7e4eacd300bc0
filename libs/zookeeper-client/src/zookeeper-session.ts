import { type NodeStat, type Operation, type ToError, ZooKeeperClient } from './zookeeper-client.ts'

/**
 * How sure this process is that the server still counts its ZooKeeper session.
 * - `connected`: the server has answered within a third of the session's time-out.
 * - `suspect`: it has not, but the session cannot have ended.
 * - `lost`: there is no session, or it may end at any moment.
 */
export type SessionState = 'connected' | 'suspect' | 'lost'

export interface ZooKeeperSessionOptions {
  /** `host:port,…`, with a path after it if all nodes are to be below that path. */
  connect: string
  /**
   * The server removes the ephemeral nodes of a killed process after this time. Example: 6,000;
   * the process then counts itself as suspect after 2 s of silence, as lost after 4 s, and opens
   * another session after 6 s.
   */
  sessionTimeoutMs: number
  toError: ToError
}

const connectTimeoutMs = 5_000
const lookEveryMs = 3_000
/** Often enough that two probes may be lost before the session counts as suspect. */
const probesPerSession = 6
const suspectAfter = 1 / 3
const lostAfter = 2 / 3

/**
 * Keeps a ZooKeeper session, and replaces one that has ended. The library sends pings but does not
 * notice that no answer comes, so this class asks a question of its own six times a session:
 * 1. An answer within a third of the time-out keeps the state `connected`.
 * 2. Silence since a third makes it `suspect`, since two thirds `lost`: before the server can give
 *    this session's leaderships to another process.
 * 3. Silence for the whole time-out, or the server's word that the session has expired, brings a
 *    new client with a new session. The old client's requests fail at once.
 * Operations go to the present client.
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

  /** @throws the port's `unavailable`: there was no session within 5 s */
  static async open(options: ZooKeeperSessionOptions): Promise<ZooKeeperSession> {
    const session = new ZooKeeperSession(options)
    if (await session.#connected(connectTimeoutMs)) return session
    await session.close()
    throw options.toError('unavailable', `ZooKeeper at ${options.connect} does not answer`)
  }

  /**
   * The client of the present session, or of the one that is being opened. A caller that
   * must not mix two sessions keeps it: after its session has ended, its operations fail.
   */
  get client(): ZooKeeperClient {
    return this.#client
  }

  /** Of the newest session, in hex. */
  get sessionId(): string | null {
    return this.#sessionId
  }

  get state(): SessionState {
    // A process that was frozen may ask before its timers have run.
    if (this.#silence() >= lostAfter) this.#set('lost')
    return this.#state
  }

  onState(listener: (state: SessionState) => void): () => void {
    this.#stateListeners.add(listener)
    return () => void this.#stateListeners.delete(listener)
  }

  /** Called when a new session begins. The nodes of the one before are removed, or will be. */
  onSession(listener: () => void): () => void {
    this.#sessionListeners.add(listener)
    return () => void this.#sessionListeners.delete(listener)
  }

  /**
   * Called when there is reason to read everything again, because a watch may have been missed: at
   * each connection, and every few seconds while the server answers.
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

  /** Resolves with whether there is a session within this time. */
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

  /** Since the server last answered, as a part of the session's time-out. */
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
