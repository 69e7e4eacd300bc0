import zookeeper, { type Client, type Event, type Stat } from 'node-zookeeper-client'
import { mendZooKeeperClient } from './mend-zookeeper-client.ts'
import { addOperation, type Operation } from './operations.ts'

export type { Operation } from './operations.ts'

/**
 * Makes the error of the port that the client serves.
 * - `unavailable`: no answer, or one that says nothing about what was asked; it may have been done.
 * - `denied`: the access list of a node does not let this client.
 */
export type ToError = (
  code: 'unavailable' | 'denied',
  message: string,
  options?: ErrorOptions,
) => Error

export interface ZooKeeperClientOptions {
  /** `host:port,…`, with a path after it if all nodes are to be below that path. */
  connect: string
  sessionTimeoutMs: number
  /** Called at every connection of the session: the first one, and each one after a break. */
  onConnected: () => void
  onExpired: () => void
  toError: ToError
}

export interface NodeStat {
  version: number
  /** Id of the transaction that created the node, in hex. Another id means another node. */
  czxid: string
  /** Id of the ZooKeeper session that an ephemeral node ends with, in hex; null if it stays. */
  ephemeralOwner: string | null
  numChildren: number
}

type Failure = Error | zookeeper.Exception | null | undefined
type Answer<T> = (error: Failure, value?: T) => void

/**
 * The library repeats requests in the same order after a break, so a late answer is not worth a
 * longer wait.
 */
const operationTimeoutMs = 2_000
const closeTimeoutMs = 1_000

/**
 * One ZooKeeper session. The library (1.1.3) does not notice a server that is connected and
 * silent, and its requests have no time-out. Here every request has one, and `heardMs` says how
 * long the server is known to have counted this session.
 */
export class ZooKeeperClient {
  readonly #client: Client
  readonly #toError: ToError
  readonly #pending = new Set<() => void>()
  #established = false
  #heardMs: number = performance.now()
  #ended = false

  constructor({ toError, ...options }: ZooKeeperClientOptions) {
    mendZooKeeperClient()
    this.#toError = toError
    this.#client = zookeeper.createClient(options.connect, {
      sessionTimeout: options.sessionTimeoutMs,
      spinDelay: 200,
      retries: 0,
    })
    this.#client.on('connected', () => {
      if (this.#ended) return
      this.#established = true
      this.#heardMs = performance.now()
      options.onConnected()
    })
    this.#client.on('expired', () => {
      if (!this.#ended) options.onExpired()
    })
    this.#client.connect()
  }

  /** Whether the server has given this client a session, which may have ended since. */
  get established(): boolean {
    return this.#established
  }

  /** In hex; all zeros before there is a session. */
  get sessionId(): string {
    return this.#client.getSessionId().toString('hex')
  }

  /**
   * When the newest request that the server has answered was sent, by `performance.now()`. The
   * server does not end the session before this plus the session's time-out. Example: a request
   * sent at 10,000 was answered at 10,400; with a time-out of 6 s the session lives until 16,000
   * at least.
   */
  get heardMs(): number {
    return this.#heardMs
  }

  /**
   * Creates a node.
   * @returns its path, to which the server added a number if the mode is sequential; null if the
   *   node exists or its parent does not
   */
  create(
    path: string,
    data: string | null,
    mode: 'persistent' | 'ephemeral' | 'ephemeral_sequential' = 'persistent',
  ): Promise<string | null> {
    return this.#call<string>(`create ${path}`, (answer) => {
      if (data === null) this.#client.create(path, modes[mode], answer)
      else this.#client.create(path, Buffer.from(data), modes[mode], answer)
    })
  }

  /** False if there is no such node. */
  async set(path: string, data: string): Promise<boolean> {
    const stat = await this.#call<Stat>(`set ${path}`, (answer) =>
      this.#client.setData(path, Buffer.from(data), answer),
    )
    return stat !== null
  }

  /**
   * Null if there is no such node. `onChange` is called at most once, when the node changes or is
   * removed; it is a hint only, because a break of the connection may swallow it.
   */
  get(
    path: string,
    onChange?: () => void,
  ): Promise<{ data: Buffer | null; stat: NodeStat } | null> {
    return this.#call(`get ${path}`, (answer) => {
      const got = (error: Failure, data: Buffer | null | undefined, stat: Stat): void =>
        answer(error, error ? undefined : { data: data ?? null, stat: statOf(stat) })
      if (onChange === undefined) this.#client.getData(path, got)
      else this.#client.getData(path, onChange as (event: Event) => void, got)
    })
  }

  /** Null if there is no such node. */
  async stat(path: string): Promise<NodeStat | null> {
    const stat = await this.#call<Stat>(`look up ${path}`, (answer) =>
      this.#client.exists(path, answer),
    )
    return stat && statOf(stat)
  }

  /** The names of a node's children; null if there is no such node. `onChange` as in `get`. */
  children(path: string, onChange?: () => void): Promise<string[] | null> {
    return this.#call<string[]>(`list ${path}`, (answer) => {
      if (onChange === undefined) this.#client.getChildren(path, answer)
      else this.#client.getChildren(path, onChange as (event: Event) => void, answer)
    })
  }

  /** Resolves also if there is no such node. */
  async remove(path: string): Promise<void> {
    await this.#call<undefined>(`remove ${path}`, (answer) =>
      this.#client.remove(path, (error) => answer(error)),
    )
  }

  /**
   * Does all operations in one step, or none of them.
   * @returns false if a version or the presence of a node is not as the operations require
   */
  async commit(operations: readonly Operation[]): Promise<boolean> {
    const done = await this.#call<true>('commit a transaction', (answer) => {
      const transaction = this.#client.transaction()
      for (const operation of operations) addOperation(transaction, operation)
      transaction.commit((error) => answer(error, true))
    })
    return done !== null
  }

  /** Ends the session, so that its ephemeral nodes are removed now and not at its time-out. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#client.once('disconnected', resolve))
    const late = new Promise<void>((resolve) => setTimeout(resolve, closeTimeoutMs).unref())
    this.#ended = true
    this.#client.close()
    await Promise.race([closed, late])
    this.destroy()
  }

  /** Abandons the session without telling the server, which may not answer any more. */
  destroy(): void {
    this.#ended = true
    for (const fail of this.#pending) fail()
    this.#pending.clear()
    this.#client.close()
    // `close` waits for the server's answer without a limit, so the library's socket is destroyed.
    const { connectionManager } = this.#client as unknown as {
      connectionManager: { socket?: { destroy(): void } }
    }
    connectionManager.socket?.destroy()
  }

  /** Null if the server answered that the request does not fit the nodes that exist. */
  #call<T>(what: string, request: (answer: Answer<T>) => void): Promise<T | null> {
    const sentMs = performance.now()
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#pending.delete(abandon)
        clearTimeout(timeout)
      }
      const fail = (why: string, cause?: unknown): void => {
        settle()
        const denied = codeOf(cause) === zookeeper.Exception.NO_AUTH
        const message = denied
          ? `ZooKeeper: the access list of a node forbids to ${what}`
          : `ZooKeeper: the request to ${what} ${why}`
        reject(this.#toError(denied ? 'denied' : 'unavailable', message, { cause }))
      }
      const abandon = (): void => fail('was abandoned with its session')
      const timeout = setTimeout(
        () => fail(`was not answered in ${operationTimeoutMs} ms`),
        operationTimeoutMs,
      )
      if (this.#ended) return abandon()
      this.#pending.add(abandon)
      request((error, value) => {
        const mismatch = mismatches.has(codeOf(error))
        if (!error || mismatch) this.#heardMs = Math.max(this.#heardMs, sentMs)
        if (error && !mismatch) return fail('failed', error)
        settle()
        resolve(error ? null : (value ?? null))
      })
    })
  }
}

const modes = {
  persistent: zookeeper.CreateMode.PERSISTENT,
  ephemeral: zookeeper.CreateMode.EPHEMERAL,
  ephemeral_sequential: zookeeper.CreateMode.EPHEMERAL_SEQUENTIAL,
} as const

const { BAD_VERSION, NO_NODE, NODE_EXISTS, NOT_EMPTY } = zookeeper.Exception
/** Answers of a living server: the request does not fit the nodes that exist. */
const mismatches: ReadonlySet<number> = new Set([BAD_VERSION, NO_NODE, NODE_EXISTS, NOT_EMPTY])

const noOwner = '0000000000000000'

function statOf({ version, czxid, ephemeralOwner, numChildren }: Stat): NodeStat {
  const owner = ephemeralOwner.toString('hex')
  return {
    version,
    czxid: czxid.toString('hex'),
    ephemeralOwner: owner === noOwner ? null : owner,
    numChildren,
  }
}

function codeOf(error: unknown): number {
  const code = (error as { getCode?: () => number } | null | undefined)?.getCode?.()
  return typeof code === 'number' ? code : 0
}
