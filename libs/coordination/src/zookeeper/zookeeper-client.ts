import zookeeper, { type Client, type Event } from 'node-zookeeper-client'
import { CoordinationError } from '../coordination.ts'
import { mendZooKeeperClient } from './mend-zookeeper-client.ts'

export interface ZooKeeperClientOptions {
  /** `host:port,…`, with a path after it if all nodes are to be below that. */
  connect: string
  sessionTimeoutMs: number
  /** Called at each connection of the session, the first one and those after a break. */
  onConnected: () => void
  onExpired: () => void
}

type Answer<T> = (error: Error | zookeeper.Exception | null, value: T) => void
/**
 * Sent again and again by the library in the same order, so one that is late is not worth waiting
 * for.
 */
const operationTimeoutMs = 2_000
const closeTimeoutMs = 1_000

/**
 * One session. The library (1.1.3) does not notice a server that is there and silent, and its
 * requests have no time-out; so here each has one, and `heardMs` tells when the server last proved
 * to be there.
 */
export class ZooKeeperClient {
  readonly #client: Client
  readonly #pending = new Set<() => void>()
  #established = false
  #heardMs: number = performance.now()
  #ended = false

  constructor({ connect, sessionTimeoutMs, onConnected, onExpired }: ZooKeeperClientOptions) {
    mendZooKeeperClient()
    const options = { sessionTimeout: sessionTimeoutMs, spinDelay: 500, retries: 0 }
    this.#client = zookeeper.createClient(connect, options)
    this.#client.on('connected', () => {
      if (this.#ended) return
      this.#established = true
      this.#heardMs = performance.now()
      onConnected()
    })
    this.#client.on('expired', () => {
      if (!this.#ended) onExpired()
    })
    this.#client.connect()
  }

  /** Whether there is, or was, a session. */
  get established(): boolean {
    return this.#established
  }

  /** As agreed with the server once connected. */
  get sessionTimeoutMs(): number {
    return this.#client.getSessionTimeout()
  }

  /**
   * When the server cannot have heard from us for longer: the sending, by `performance.now()`, of
   * the last request that it answered. Before that plus the session's time-out it ends nothing.
   */
  get heardMs(): number {
    return this.#heardMs
  }

  /** The path of the new node, or null when it is there already or its parent is not. */
  async create(path: string, data: string, mode: number): Promise<string | null> {
    return this.#call<string>('create', (answer) =>
      this.#client.create(path, Buffer.from(data), mode, answer),
    )
  }

  /** False when there is no such node. */
  async setData(path: string, data: string): Promise<boolean> {
    const stat = await this.#call('setData', (answer) =>
      this.#client.setData(path, Buffer.from(data), answer),
    )
    return stat !== null
  }

  /**
   * Null when there is no such node. `onChange` is called at most once, when the node changes or
   * goes; a hint only.
   */
  async getData(path: string, onChange: (event: Event) => void): Promise<string | null> {
    const data = await this.#call<Buffer | undefined>('getData', (answer) =>
      this.#client.getData(path, onChange, (error, bytes) => answer(error, bytes)),
    )
    return data === null ? null : (data?.toString('utf8') ?? '')
  }

  /** Null when there is no such node. */
  async getChildren(path: string, onChange?: (event: Event) => void): Promise<string[] | null> {
    return this.#call<string[]>('getChildren', (answer) => {
      const callback: Answer<string[]> = (error, names) => answer(error, names)
      if (onChange === undefined) this.#client.getChildren(path, callback)
      else this.#client.getChildren(path, onChange, callback)
    })
  }

  /** No error when there is no such node. */
  async remove(path: string): Promise<void> {
    await this.#call<unknown>('remove', (answer) =>
      this.#client.remove(path, (error) => answer(error, undefined)),
    )
  }

  /** Asks something of no interest, to be answered. */
  async probe(): Promise<void> {
    await this.#call<unknown>('exists', (answer) => this.#client.exists('/', answer))
  }

  /** Ends the session, so that its ephemeral nodes go now and not when it times out. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#client.once('disconnected', resolve))
    const late = new Promise<void>((resolve) => setTimeout(resolve, closeTimeoutMs).unref())
    this.#ended = true
    this.#client.close()
    await Promise.race([closed, late])
    this.destroy()
  }

  /** Lets go of a session without a word, as of a server that does not answer. */
  destroy(): void {
    this.#ended = true
    for (const fail of this.#pending) fail()
    this.#pending.clear()
    this.#client.close()
    // `close` waits for a server's answer for ever; the socket is the library's own.
    const { connectionManager } = this.#client as unknown as {
      connectionManager: { socket?: { destroy(): void } }
    }
    connectionManager.socket?.destroy()
  }

  /**
   * Null for an answer that says that what was asked for cannot be, for a node is or is not there.
   */
  #call<T>(what: string, request: (answer: Answer<T>) => void): Promise<T | null> {
    const sentMs = performance.now()
    return new Promise((resolve, reject) => {
      const fail = (why: string, cause?: unknown): void => {
        this.#pending.delete(abandon)
        clearTimeout(timeout)
        reject(new CoordinationError('unavailable', `ZooKeeper: ${what} ${why}`, { cause }))
      }
      const abandon = (): void => fail('was given up with its session')
      const timeout = setTimeout(() => fail('was not answered in time'), operationTimeoutMs)
      if (this.#ended) return abandon()
      this.#pending.add(abandon)
      request((error, value) => {
        const code = codeOf(error)
        if (error === null || answers.has(code)) this.#heardMs = Math.max(this.#heardMs, sentMs)
        if (error !== null && !answers.has(code)) return fail('failed', error)
        this.#pending.delete(abandon)
        clearTimeout(timeout)
        resolve(error === null ? value : null)
      })
    })
  }
}

/** Answers of a living server that are no failures. */
const answers: ReadonlySet<number> = new Set([
  zookeeper.Exception.NO_NODE,
  zookeeper.Exception.NODE_EXISTS,
])

function codeOf(error: Error | zookeeper.Exception | null): number {
  return error !== null && 'code' in error ? error.code : 0
}
