import { withTimeout } from '@rookery/service-kit'
import { mendZooKeeperClient } from '@rookery/coordination/zookeeper'
import zookeeper, { type Client, type Event, type Stat } from 'node-zookeeper-client'
import { setTimeout as sleep } from 'node:timers/promises'
import { BridgeError } from '../bridge-error.ts'

export interface ZooKeeperSessionOptions {
  /** `host:port,…` */
  connect: string
  /** Nodes of this session go so long after its process was killed. */
  sessionMs: number
}

export interface NodeStat {
  version: number
  /** Transaction that made the node, in hex. */
  czxid: string
  /** Session it goes with, in hex; null when it stays. */
  ephemeralOwner: string | null
  numChildren: number
}

export type Operation =
  | { kind: 'create'; path: string; data: string | null; ephemeral?: boolean }
  | { kind: 'set' | 'remove' | 'check'; path: string; version: number; data?: string }

const closeTimeoutMs = 1_000
const nobody = '0000000000000000'

/**
 * One session of a ZooKeeper client that notices a dead server: every operation has a time-out, the
 * server is probed every third of the session, and after a silent or expired session there is a
 * fresh client. What hangs on a session is made anew by `onSession` listeners.
 */
export class ZooKeeperSession {
  readonly #options: ZooKeeperSessionOptions
  readonly #operationMs: number
  readonly #sessionListeners = new Set<() => void>()
  readonly #connectListeners = new Set<() => void>()
  readonly #probe: NodeJS.Timeout
  #client: Client
  #sessionId: string | null = null
  #lastAnswerMs = performance.now()
  #closed = false

  private constructor(options: ZooKeeperSessionOptions) {
    this.#options = options
    this.#operationMs = options.sessionMs / 3
    this.#client = this.#newClient()
    this.#probe = setInterval(() => void this.#beat(), this.#operationMs).unref()
  }

  /** @throws BridgeError `unavailable`: no session within its time */
  static async open(options: ZooKeeperSessionOptions): Promise<ZooKeeperSession> {
    const session = new ZooKeeperSession(options)
    for (const end = performance.now() + options.sessionMs; session.#sessionId === null;) {
      if (performance.now() >= end) {
        await session.close()
        throw new BridgeError('unavailable', `no ZooKeeper answers at ${options.connect}`)
      }
      await sleep(10)
    }
    return session
  }

  /** In hex; null before the first and while there is none. */
  get sessionId(): string | null {
    return this.#sessionId
  }

  /** A new session began: nodes of the one before are gone, or will be. */
  onSession(listener: () => void): () => void {
    this.#sessionListeners.add(listener)
    return () => void this.#sessionListeners.delete(listener)
  }

  /** Connected again, with the same session or another: watches may have been missed. */
  onConnected(listener: () => void): () => void {
    this.#connectListeners.add(listener)
    return () => void this.#connectListeners.delete(listener)
  }

  /** Null when there is no such node. `changed` fires once, at the next change. */
  async children(path: string, changed?: () => void): Promise<string[] | null> {
    return this.#unlessMissing(`children of ${path}`, (client, done) => {
      if (changed === undefined) client.getChildren(path, done)
      else client.getChildren(path, changed as (event: Event) => void, done)
    })
  }

  async get(
    path: string,
    changed?: () => void,
  ): Promise<{ data: Buffer | null; stat: NodeStat } | null> {
    return this.#unlessMissing(path, (client, done) => {
      const got = (error: Failure, data: Buffer | null | undefined, stat: Stat): void =>
        done(error, error ? undefined : { data: data ?? null, stat: statOf(stat) })
      if (changed === undefined) client.getData(path, got)
      else client.getData(path, changed as (event: Event) => void, got)
    })
  }

  async stat(path: string): Promise<NodeStat | null> {
    return this.#call(path, (client, done) =>
      client.exists(path, (error, stat: Stat | null) =>
        done(error, error || stat === null ? null : statOf(stat)),
      ),
    )
  }

  /** Null when it is there already. */
  async create(path: string, data: string | null, ephemeral = false): Promise<'created' | null> {
    return (await this.commit([{ kind: 'create', path, data, ephemeral }])) ? 'created' : null
  }

  /**
   * All of it in one step, or none: false when a version, or what exists, is not as the operations
   * say.
   */
  async commit(operations: readonly Operation[]): Promise<boolean> {
    try {
      await this.#call('a transaction', (client, done) => {
        const transaction = client.transaction()
        for (const operation of operations) add(transaction, operation)
        transaction.commit((error) => done(error, undefined))
      })
      return true
    } catch (error) {
      if (error instanceof BridgeError && conflicts.has(codeOf(error.cause) ?? 0)) return false
      throw error
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#probe)
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, closeTimeoutMs)
      this.#client.once('disconnected', () => {
        clearTimeout(timer)
        resolve()
      })
      this.#client.close()
    })
    abandon(this.#client)
  }

  #newClient(): Client {
    mendZooKeeperClient()
    const client = zookeeper.createClient(this.#options.connect, {
      sessionTimeout: this.#options.sessionMs,
      spinDelay: 200,
      retries: 0,
    })
    client.on('connected', () => this.#connected(client))
    client.on('expired', () => this.#renew(client))
    client.connect()
    return client
  }

  #connected(client: Client): void {
    if (this.#closed || client !== this.#client) return
    this.#lastAnswerMs = performance.now()
    const sessionId = client.getSessionId().toString('hex')
    const isNew = sessionId !== this.#sessionId
    this.#sessionId = sessionId
    if (isNew) for (const listener of this.#sessionListeners) listener()
    for (const listener of this.#connectListeners) listener()
  }

  #renew(client: Client): void {
    if (this.#closed || client !== this.#client) return
    this.#lastAnswerMs = performance.now()
    this.#client = this.#newClient()
    abandon(client)
  }

  async #beat(): Promise<void> {
    const client = this.#client
    await this.stat('/').catch(() => undefined)
    if (performance.now() - this.#lastAnswerMs > this.#options.sessionMs) this.#renew(client)
  }

  async #unlessMissing<T>(
    what: string,
    request: (client: Client, done: (error: Failure, result?: T) => void) => void,
  ): Promise<T | null> {
    try {
      return await this.#call(what, request)
    } catch (error) {
      if (error instanceof BridgeError && codeOf(error.cause) === zookeeper.Exception.NO_NODE)
        return null
      throw error
    }
  }

  async #call<T>(
    what: string,
    request: (client: Client, done: (error: Failure, result?: T) => void) => void,
  ): Promise<T> {
    if (this.#closed) throw new BridgeError('unavailable', 'the session is closed')
    const client = this.#client
    const answer = new Promise<T>((resolve, reject) => {
      request(client, (error, result) => {
        const code = codeOf(error)
        if (code !== zookeeper.Exception.CONNECTION_LOSS && client === this.#client)
          this.#lastAnswerMs = performance.now()
        if (error) reject(error as Error)
        else resolve(result as T)
      })
    })
    try {
      return await withTimeout(answer, this.#operationMs, what)
    } catch (cause) {
      const denied = codeOf(cause) === zookeeper.Exception.NO_AUTH
      throw new BridgeError(
        denied ? 'denied' : 'unavailable',
        denied ? `the access list of ${what} is not open` : `ZooKeeper did not answer: ${what}`,
        { cause },
      )
    }
  }
}

type Failure = Error | zookeeper.Exception | null | undefined
type Transaction = ReturnType<Client['transaction']>

const { BAD_VERSION, NO_NODE, NODE_EXISTS, NOT_EMPTY } = zookeeper.Exception
const conflicts: ReadonlySet<number> = new Set([BAD_VERSION, NO_NODE, NODE_EXISTS, NOT_EMPTY])

function codeOf(error: unknown): number | null {
  const code = (error as { getCode?: () => number } | null | undefined)?.getCode?.()
  return typeof code === 'number' ? code : null
}

function add(transaction: Transaction, operation: Operation): void {
  const { path } = operation
  if (operation.kind === 'create') {
    const mode = operation.ephemeral
      ? zookeeper.CreateMode.EPHEMERAL
      : zookeeper.CreateMode.PERSISTENT
    if (operation.data === null) transaction.create(path, mode)
    else transaction.create(path, Buffer.from(operation.data), mode)
    return
  }
  const { kind, version } = operation
  if (kind === 'set') transaction.setData(path, Buffer.from(operation.data ?? ''), version)
  else if (kind === 'remove') transaction.remove(path, version)
  else transaction.check(path, version)
  // The library reads version 0 as "any": it is put right in what it is about to send.
  const { ops } = transaction as unknown as { ops: { version: number }[] }
  const last = ops.at(-1)
  if (last === undefined) throw new TypeError('this node-zookeeper-client keeps no list of ops')
  last.version = version
}

function statOf({ version, czxid, ephemeralOwner, numChildren }: Stat): NodeStat {
  const owner = ephemeralOwner.toString('hex')
  return {
    version,
    czxid: czxid.toString('hex'),
    ephemeralOwner: owner === nobody ? null : owner,
    numChildren,
  }
}

/** Its socket may hang on a silent server for a quarter of an hour. */
function abandon(client: Client): void {
  client.removeAllListeners()
  client.close()
  const { connectionManager } = client as unknown as {
    connectionManager?: { socket?: { destroy(): void } }
  }
  connectionManager?.socket?.destroy()
}
