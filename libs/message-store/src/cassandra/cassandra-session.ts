import { auth, Client, policies, types } from 'cassandra-driver'
import { Limiter } from '@rookery/service-kit'
import { StoreError } from '../message-store.ts'
import type { Param, Statement } from './statement.ts'
import { WriteCollector } from './write-collector.ts'

export interface ClusterOptions {
  /** `host` or `host:port`. All nodes of the cluster have the port of the first contact point. */
  contactPoints: readonly string[]
  localDataCenter: string
  credentials?: { username: string; password: string }
}

// A read or write that takes longer will not be answered.
const readTimeoutMs = 2_500
const defaultPort = 9_042
const connectTimeoutMs = 2_000
const reconnectEveryMs = 500
// A connection is closed after 4 requests without an answer, so that a silent peer whose socket
// stays open is noticed.
const defunctAfterTimeouts = 4
const heartbeatEveryMs = 5_000
/** Batches of one `writeAll` that wait at the same time. */
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
    // Nodes announce each other without their ports, so all must have the same port.
    protocolOptions: { port: portOf(contactPoints[0] ?? '') },
    localDataCenter,
    ...(keyspace === null ? {} : { keyspace }),
    ...(credentials === undefined
      ? {}
      : {
          authProvider: new auth.PlainTextAuthProvider(credentials.username, credentials.password),
        }),
    // Otherwise the driver makes a Long object for every number, which costs more than the row.
    encoding: { useBigIntAsLong: true, map: Map },
    // By default the driver asks one replica of any data centre.
    queryOptions: {
      consistency: types.consistencies.localQuorum,
      serialConsistency: types.consistencies.localSerial,
      prepare: true,
      // Every statement carries its own timestamp, so a repeated statement changes nothing.
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
  return new StoreError('unavailable', 'too many reads wait for the store, try again later')
}

/**
 * Runs prepared statements on one keyspace at local quorum. Each has a time-out, and a bounded
 * number run at the same time.
 */
export class CassandraSession {
  readonly #client: Client
  readonly #reads = new Limiter({ ...readLimits, overloaded })
  readonly #writes = new WriteCollector((statements) => this.#send(statements))
  #closed = false

  /** Takes over a connected client, and shuts it down in `close`. */
  constructor(client: Client) {
    this.#client = client
  }

  /** Reads all rows, page by page. @throws StoreError `unavailable` */
  async all<Row extends object>(cql: string, ...params: Param[]): Promise<Row[]> {
    const rows: Row[] = []
    let pageState: string | undefined
    do {
      const page = await this.#reads.run(() =>
        this.#attempt('read', () =>
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
   * Writes statements of one Cassandra partition as one mutation, which is atomic and costs one
   * write.
   * @throws StoreError `unavailable`
   */
  async write(statements: readonly Statement[]): Promise<void> {
    await this.#attempt('written', () => this.#writes.write(statements))
  }

  /**
   * Writes all batches, up to 256 at the same time. After a failure it begins no further batch and
   * waits for those in flight, so that a retry never runs beside the write that it repeats.
   * @throws StoreError `unavailable`: any of the batches may be written
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

  /** @throws StoreError `unavailable`: the store is closed */
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

  async #attempt<T>(verb: 'read' | 'written', work: () => Promise<T>): Promise<T> {
    this.mustBeOpen()
    try {
      return await work()
    } catch (error) {
      throw new StoreError('unavailable', `the store could not be ${verb}`, { cause: error })
    }
  }
}
