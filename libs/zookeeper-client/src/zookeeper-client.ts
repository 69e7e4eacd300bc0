import zookeeper, { type Client, type Event, type Stat } from 'node-zookeeper-client'
import { mendZooKeeperClient } from './mend-zookeeper-client.ts'
import { addOperation, type Operation } from './operations.ts'

export type { Operation } from './operations.ts'

/**
 * Makes an error of the port for which the client is used.
 * - `unavailable`: the server did not answer, or its answer does not say whether the request was
 *   carried out; it may have been.
 * - `denied`: the access list of a node forbids the request to this client.
 */
export type ToError = (
  code: 'unavailable' | 'denied',
  message: string,
  options?: ErrorOptions,
) => Error

export interface ZooKeeperClientOptions {
  /** `host:port,…`; with a path behind it, all nodes are below that path. */
  connect: string
  sessionTimeoutMs: number
  /** Called at every connection of the ZooKeeper session: the first, and each one after a break. */
  onConnected: () => void
  onExpired: () => void
  toError: ToError
}

export interface NodeStat {
  version: number
  /**
   * The id of the transaction that created the node, in hex. Example: a node of the same path with
   * another id was removed and recreated meanwhile.
   */
  czxid: string
  /** The id of an ephemeral node's ZooKeeper session, in hex; null for a persistent node. */
  ephemeralOwner: string | null
  numChildren: number
}

type Failure = Error | zookeeper.Exception | null | undefined
type Answer<T> = (error: Failure, value?: T) => void

/**
 * How long a request waits for its answer. After a break the library sends requests again in the
 * same order. Its answer then comes too late to be worth a longer wait.
 */
const operationTimeoutMs = 2_000
const closeTimeoutMs = 1_000

/**
 * One ZooKeeper session. The library (1.1.3) does not notice that a connected server is silent, and
 * its requests have no time-out. Here every request has one, and `heardMs` shows until when the
 * session certainly lives.
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

  /** True if the server has given this client a session, which may have ended since. */
  get established(): boolean {
    return this.#established
  }

  /** The id of the session in hex; all zeros before the session begins. */
  get sessionId(): string {
    return this.#client.getSessionId().toString('hex')
  }

  /**
   * The time at which the newest answered request was sent, by `performance.now()`. The server does
   * not end the session before this time plus the session's time-out. Example: a request was sent
   * at 10,000 and answered at 10,400; with a time-out of 6 s the session lives at least until
   * 16,000.
   */
  get heardMs(): number {
    return this.#heardMs
  }

  /**
   * Creates a node.
   *
   * @returns its path, to which the server adds a number in a sequential mode; null if the node
   *   exists, or its parent does not
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

  /** Replaces the data of a node. False: the node does not exist. */
  async set(path: string, data: string): Promise<boolean> {
    const stat = await this.#call<Stat>(`set ${path}`, (answer) =>
      this.#client.setData(path, Buffer.from(data), answer),
    )
    return stat !== null
  }

  /**
   * Reads a node. Null: it does not exist. `onChange` is called at most once, when the node changes
   * or is removed. It is only a hint, because the call is lost if the connection breaks.
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

  /** Reads the facts about a node. Null: it does not exist. */
  async stat(path: string): Promise<NodeStat | null> {
    const stat = await this.#call<Stat>(`look up ${path}`, (answer) =>
      this.#client.exists(path, answer),
    )
    return stat && statOf(stat)
  }

  /** The names of a node's children; null: the node does not exist. `onChange`: see `get`. */
  children(path: string, onChange?: () => void): Promise<string[] | null> {
    return this.#call<string[]>(`list ${path}`, (answer) => {
      if (onChange === undefined) this.#client.getChildren(path, answer)
      else this.#client.getChildren(path, onChange as (event: Event) => void, answer)
    })
  }

  /** Removes a node. Resolves also if the node does not exist. */
  async remove(path: string): Promise<void> {
    await this.#call<undefined>(`remove ${path}`, (answer) =>
      this.#client.remove(path, (error) => answer(error)),
    )
  }

  /**
   * Runs all operations in one atomic step, or none of them.
   *
   * @returns false if a node has another version than an operation names, is missing or exists
   *   already
   */
  async commit(operations: readonly Operation[]): Promise<boolean> {
    const done = await this.#call<true>('commit a transaction', (answer) => {
      const transaction = this.#client.transaction()
      for (const operation of operations) addOperation(transaction, operation)
      transaction.commit((error) => answer(error, true))
    })
    return done !== null
  }

  /** Ends the session. So its ephemeral nodes are removed now, not after its time-out. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#client.once('disconnected', resolve))
    const late = new Promise<void>((resolve) => setTimeout(resolve, closeTimeoutMs).unref())
    this.#ended = true
    this.#client.close()
    await Promise.race([closed, late])
    this.destroy()
  }

  /** Abandons the session without waiting for the server, which may not answer any more. */
  destroy(): void {
    this.#ended = true
    for (const fail of this.#pending) fail()
    this.#pending.clear()
    this.#client.close()
    // `close` alone would wait for the server's answer without a limit.
    const { connectionManager } = this.#client as unknown as {
      connectionManager: { socket?: { destroy(): void } }
    }
    connectionManager.socket?.destroy()
  }

  /** Resolves with null if the answer is one of `mismatches`. */
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
          ? `ZooKeeper: the access list of a node forbids this process to ${what}`
          : `ZooKeeper: the request to ${what} ${why}`
        reject(this.#toError(denied ? 'denied' : 'unavailable', message, { cause }))
      }
      const abandon = (): void => fail('was abandoned with its session')
      const timeout = setTimeout(
        () => fail(`was not answered within ${operationTimeoutMs} ms`),
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
/** Answers that say that the request does not fit the nodes that exist. */
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
