import { BridgeError, isWorkerId } from '@rookery/bridge'
import {
  InboxCluster,
  openTreeSession,
  Paths,
  readAllCompressions,
  Requests,
} from '@rookery/bridge/zookeeper-kafka'
import { patchKafkajs } from '@rookery/kafka-client'
import type { Operation, ZooKeeperSession } from '@rookery/zookeeper-client'
import { Kafka, logLevel } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'
import { WorkerError } from './worker-error.ts'

export interface WorkerOptions {
  /**
   * 1–64 of `A–Z a–z 0–9 . _ -`, beginning with a letter or digit. Neither `inbox` nor `system`.
   */
  name: string
  /** `host:port,…` */
  zookeeper: string
  /** `host:port` each. */
  brokers: readonly string[]
  /** The root of the tree; `/` by default. */
  root?: string
  /** A dead worker is shown online for this time; 6 s by default. */
  sessionMs?: number
}

export interface InboxMessage {
  /** The writer's own claim; null if it made none. Nothing proves it. */
  from: string | null
  text: string
}

/**
 * One worker of the chat. It talks only to ZooKeeper and Kafka. Every method throws WorkerError.
 */
export interface Worker {
  readonly name: string
  /** Resolves when the name is this worker's. False: it was enrolled before. */
  enroll(): Promise<boolean>
  /** Gives up the name's inbox with all its records. False: it was not enrolled. */
  quit(): Promise<boolean>
  /** Resolves when it is shown online and its inbox exists. */
  goOnline(): Promise<void>
  /** The inbox stays, and still takes the messages of others. */
  goOffline(): Promise<void>
  /** Resolves when the text is in the receiver's inbox. */
  write(to: string, text: string): Promise<void>
  /** Everything in the inbox, from its beginning. */
  read(): Promise<InboxMessage[]>
  /** The names of the workers that are online. */
  online(): Promise<string[]>
  /** Goes offline and closes the connections. */
  close(): Promise<void>
}

/** @throws WorkerError `refused` (an impossible name), `unavailable` */
export async function connectWorker(options: WorkerOptions): Promise<Worker> {
  const { name, zookeeper: connect, sessionMs = 6_000 } = options
  // Some impossible names cannot be a path of the tree or an inbox, so no manager would see the
  // request.
  if (!isWorkerId(name)) throw new WorkerError('refused', `${JSON.stringify(name)} ${nameRules}`)
  const session = await translated(() => openTreeSession({ connect, sessionMs }))
  return new TreeWorker(session, options)
}

const nameRules =
  'cannot be a name: 1–64 of A–Z a–z 0–9 . _ -, beginning with a letter or digit, and neither inbox nor system'
const answerTimeoutMs = 15_000
const inboxTimeoutMs = 15_000
const produceTimeoutMs = 5_000
const pollMs = 50
const maxAttempts = 3
const showAgainMs = 500

class TreeWorker implements Worker {
  readonly name: string
  readonly #session: ZooKeeperSession
  readonly #paths: Paths
  readonly #requests: Requests
  readonly #inboxes: InboxCluster
  #isOnline = false
  /** The ZooKeeper session that shows it online, or did last. */
  #shownBy: string | null = null

  constructor(session: ZooKeeperSession, { name, brokers, root = '/' }: WorkerOptions) {
    patchKafkajs()
    readAllCompressions()
    this.name = name
    this.#session = session
    this.#paths = new Paths(root)
    this.#requests = new Requests(session, this.#paths)
    const kafka = new Kafka({
      clientId: name,
      brokers: [...brokers],
      logLevel: logLevel.NOTHING,
      retry: { retries: 3, initialRetryTime: 100 },
    })
    this.#inboxes = new InboxCluster(kafka)
    // The node that shows it online ends with its ZooKeeper session.
    session.onSession(() => void this.#showAgain())
  }

  async enroll(): Promise<boolean> {
    const answer = await translated(() => this.#requests.ask('enroll', this.name, answerTimeoutMs))
    if (answer === 'refused')
      throw new WorkerError('refused', `the manager does not enroll ${this.name}`)
    return answer === 'done'
  }

  async quit(): Promise<boolean> {
    await this.goOffline()
    const answer = await translated(() => this.#requests.ask('quit', this.name, answerTimeoutMs))
    if (answer === 'refused')
      throw new WorkerError('refused', `the manager does not let ${this.name} quit`)
    return answer === 'done'
  }

  async goOnline(): Promise<void> {
    await translated(async () => {
      const path = `${this.#paths.registry}/${this.name}`
      if ((await this.#session.stat(path)) === null)
        throw new WorkerError('not_enrolled', `${this.name} is not enrolled`)
      await this.#show()
      this.#isOnline = true
      for (const end = performance.now() + inboxTimeoutMs; ; await sleep(pollMs)) {
        if ((await this.#inboxes.topics()).has(this.name)) return
        if (performance.now() > end)
          throw new WorkerError('unavailable', 'no manager has made the inbox')
      }
    })
  }

  async goOffline(): Promise<void> {
    this.#isOnline = false
    await translated(async () => {
      const stat = await this.#session.stat(this.#node(this.name))
      if (stat === null || stat.ephemeralOwner !== this.#session.sessionId) return
      const path = this.#node(this.name)
      await this.#session.commit([{ kind: 'remove', path, version: -1 }])
    })
  }

  async write(to: string, text: string): Promise<void> {
    this.#mustBeOnline()
    await translated(async () => {
      if (!(await this.online()).includes(to))
        throw new WorkerError('receiver_offline', `${to} is not online`)
      const value = Buffer.from(text)
      const message = { key: this.name, value, headers: {}, timestamp: Date.now() }
      await this.#trying(() => this.#inboxes.produce(to, message, produceTimeoutMs))
    })
  }

  async read(): Promise<InboxMessage[]> {
    this.#mustBeOnline()
    return translated(() => this.#trying(() => this.#readAll()))
  }

  async online(): Promise<string[]> {
    const ids = await translated(() => this.#session.children(this.#paths.online))
    return (ids ?? []).sort()
  }

  async close(): Promise<void> {
    await this.goOffline().catch(() => undefined)
    await this.#session.close()
    await this.#inboxes.close()
  }

  async #showAgain(): Promise<void> {
    while (this.#isOnline) {
      try {
        return await this.#show()
      } catch (error) {
        if (error instanceof WorkerError && error.code === 'online_elsewhere')
          this.#isOnline = false
        else await sleep(showAgainMs)
      }
    }
  }

  async #show(): Promise<void> {
    const path = this.#node(this.name)
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const { sessionId } = this.#session
      const there = await this.#session.stat(path)
      const owner = there?.ephemeralOwner ?? null
      if (owner !== null && owner === sessionId) return
      if (there !== null && (owner === null || owner !== this.#shownBy))
        throw new WorkerError('online_elsewhere', `${this.name} is online already`)
      const take: Operation[] = [{ kind: 'create', path, data: null, ephemeral: true }]
      // A node of its earlier session, which ZooKeeper may keep for a while after an outage.
      if (there !== null) take.unshift({ kind: 'remove', path, version: there.version })
      if (await this.#session.commit(take)) {
        this.#shownBy = sessionId
        return
      }
    }
    throw new WorkerError('unavailable', `${this.name} cannot be shown online`)
  }

  async #readAll(): Promise<InboxMessage[]> {
    const messages: InboxMessage[] = []
    const bounds = (await this.#inboxes.bounds([this.name])).get(this.name)
    for (let next = bounds?.start ?? 0; next < (bounds?.end ?? 0);) {
      const found = (await this.#inboxes.fetch(new Map([[this.name, next]]))).get(this.name)
      if (found === undefined) break
      for (const { key, value, offset, isControlRecord } of found) {
        if (value !== null && isControlRecord !== true)
          messages.push({ from: key?.toString() ?? null, text: value.toString() })
        next = Number(offset) + 1
      }
    }
    return messages
  }

  async #trying<T>(request: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await request()
      } catch (error) {
        if (attempt === maxAttempts) throw error
        this.#inboxes.forgetLeaders()
        await sleep(100 * attempt)
      }
    }
  }

  #mustBeOnline(): void {
    if (!this.#isOnline) throw new WorkerError('not_online', `${this.name} is not online`)
  }

  #node(id: string): string {
    return `${this.#paths.online}/${id}`
  }
}

async function translated<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (cause) {
    if (cause instanceof WorkerError) throw cause
    const what = cause instanceof BridgeError ? cause.message : 'Kafka does not answer'
    throw new WorkerError('unavailable', what, { cause })
  }
}
