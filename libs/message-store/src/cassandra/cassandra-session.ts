import { auth, Client, policies, types } from 'cassandra-driver'
import { Limiter } from '@rookery/service-kit'
import { StoreError } from '../message-store.ts'
import type { Param, Statement } from './statement.ts'
import { WriteCollector } from './write-collector.ts'

export interface ClusterOptions {
  /** `host` or `host:port`. All nodes of the cluster have the port of the first. */
  contactPoints: readonly string[]
  localDataCenter: string
  credentials?: { username: string; password: string }
}

// A read or write that takes longer will not be answered.
const readTimeoutMs = 2_500
const defaultPort = 9_042
const connectTimeoutMs = 2_000
const reconnectEveryMs = 500
// After this many requests without an answer a connection is closed. So a silent peer is noticed
// although its socket stays open.
const defunctAfterTimeouts = 4
const heartbeatEveryMs = 5_000
/** Batches of one call that wait at the same time. */
const batchesAtOnce = 256
const readLimits = { atOnce: 64, maxWaiting: 20_000, maxWaitMs: 2_500 }
const rowsPerPage = 5_000

/** A client of a cluster. `keyspace` must exist. */
export function clientOf(
  { contactPoints, localDataCenter, credentials }: ClusterOptions,
  keyspace: string | null,
  timeoutMs: number = readTimeoutMs,
): Client {
  return new Client({
    contactPoints: [...contactPoints],
    // Nodes announce each other without their ports.
    protocolOptions: { port: portOf(contactPoints[0] ?? '') },
    localDataCenter,
    ...(keyspace === null ? {} : { keyspace }),
    ...(credentials === undefined
      ? {}
      : {
          authProvider: new auth.PlainTextAuthProvider(credentials.username, credentials.password),
        }),
    // A Long object for every number would cost more than the row.
    encoding: { useBigIntAsLong: true, map: Map },
    // The driver's default is one replica of any data centre.
    queryOptions: {
      consistency: types.consistencies.localQuorum,
      serialConsistency: types.consistencies.localSerial,
      prepare: true,
      // Every statement carries its own timestamp, so sending it twice writes the same.
      isIdempotent: true,
      fetchSize: rowsPerPage,
    },
    socketOptions: {
      readTimeout: timeoutMs,
      connectTimeout: connectTimeoutMs,
      defunctReadTimeoutThreshold: defunctAfterTimeouts,
    },
    pooling: { heartBeatInterval: heartbeatEveryMs },
    // The driver's default backs off for up to ten minutes.
    policies: {
      reconnection: new policies.reconnection.ConstantReconnectionPolicy(reconnectEveryMs),
    },
  })
}

/** The port of `host:port` or `[address]:port`. A bare IPv6 address contains colons, too. */
export function portOf(contactPoint: string): number {
  const [, port] = /^(?:[^:]+|\[.+\]):(\d+)$/.exec(contactPoint) ?? []
  return port === undefined ? defaultPort : Number(port)
}

function overloaded(): StoreError {
  return new StoreError('unavailable', 'too many requests wait for the store')
}

/**
 * One keyspace: prepared statements at local quorum, each with a time-out, and a bounded number at
 * once.
 */
export class CassandraSession {
  readonly #client: Client
  readonly #reads = new Limiter({ ...readLimits, overloaded })
  readonly #writes = new WriteCollector((statements) => this.#send(statements))
  #closed = false

  /** Takes over `client`, which is connected. */
  constructor(client: Client) {
    this.#client = client
  }

  /** Reads all rows, page by page. @throws StoreError `unavailable` */
  async all<Row extends object>(cql: string, ...params: Param[]): Promise<Row[]> {
    const rows: Row[] = []
    let pageState: string | undefined
    do {
      const page = await this.#reads.run(() =>
        this.#answer('read', () =>
          this.#client.execute(cql, params, pageState === undefined ? {} : { pageState }),
        ),
      )
      rows.push(...(page.rows as unknown as Row[]))
      pageState = page.pageState ?? undefined
    } while (pageState !== undefined)
    return rows
  }

  /** Reads the first row, if there is one. @throws StoreError `unavailable` */
  async first<Row extends object>(cql: string, ...params: Param[]): Promise<Row | undefined> {
    const [row] = await this.all<Row>(cql, ...params)
    return row
  }

  /**
   * Writes statements of one Cassandra partition as one mutation: it is atomic and costs one write.
   * @throws StoreError `unavailable`
   */
  async write(statements: readonly Statement[]): Promise<void> {
    await this.#answer('written', () => this.#writes.write(statements))
  }

  /**
   * Writes all batches, some at once. After a failure it begins no more and waits for those that
   * are on their way, so that a retry never runs beside the write that it repeats.
   * @throws StoreError `unavailable`: any of them may be written
   */
  async writeAll(batches: readonly (readonly Statement[])[]): Promise<void> {
    this.mustBeOpen()
    let next = 0
    let failed = false
    const worker = async (): Promise<void> => {
      while (!failed) {
        const batch = batches[next]
        if (batch === undefined) return
        next += 1
        try {
          await this.write(batch)
        } catch (error) {
          failed = true
          throw error
        }
      }
    }
    const workers = Array.from({ length: Math.min(batchesAtOnce, batches.length) }, worker)
    for (const outcome of await Promise.allSettled(workers)) {
      if (outcome.status === 'rejected') throw outcome.reason
    }
  }

  /** @throws StoreError `unavailable`: it is closed */
  mustBeOpen(): void {
    if (this.#closed) throw new StoreError('unavailable', 'the store is closed')
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#client.shutdown()
  }

  async #send(statements: readonly Statement[]): Promise<void> {
    const queries = statements.map(({ cql, params }) => ({ query: cql, params: [...params] }))
    await this.#client.batch(queries, { logged: false })
  }

  async #answer<T>(verb: 'read' | 'written', work: () => Promise<T>): Promise<T> {
    this.mustBeOpen()
    try {
      return await work()
    } catch (error) {
      throw new StoreError('unavailable', `the store could not be ${verb}`, { cause: error })
    }
  }
}
