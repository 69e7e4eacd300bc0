import { patchKafkajs } from '@rookery/kafka-client'
import type { ZooKeeperSession } from '@rookery/zookeeper-client'
import { Kafka, logLevel } from 'kafkajs'
import type {
  Answer,
  Bridge,
  InboxFollower,
  InboxPlace,
  InboxRecord,
  OutgoingRecord,
  Registration,
  Request,
  RequestKind,
  Stop,
} from '../bridge.ts'
import { BridgeError } from '../bridge-error.ts'
import { readAllCompressions } from './codecs/index.ts'
import { InboxCluster } from './inbox-cluster.ts'
import { InboxReader } from './inbox-reader.ts'
import { deadLetterTopic, InboxTopics } from './inbox-topics.ts'
import { InboxWriter, requestTimeoutMs } from './inbox-writer.ts'
import { watchNodes } from './nodes-watch.ts'
import { inParallel } from './in-parallel.ts'
import { OnlineNodes } from './online-nodes.ts'
import { Paths } from './paths.ts'
import { accountData, Requests } from './requests.ts'
import { SenderChoices } from './sender-choices.ts'
import { openTreeSession } from './tree-session.ts'

export interface ZooKeeperKafkaOptions {
  /** `host:port,…` */
  connect: string
  /** The root of the tree: `/`, or a path without a slash at its end. */
  root?: string
  /** `host:port` each. */
  brokers: readonly string[]
  /** The time-out of the ZooKeeper session: users of a killed process stay online for it. 6 s. */
  sessionMs?: number
  /** The replicas of each inbox. 1 by default. */
  replicationFactor?: number
}

/** @throws BridgeError `unavailable`: no ZooKeeper answers */
export async function openZooKeeperKafkaBridge(options: ZooKeeperKafkaOptions): Promise<Bridge> {
  const { connect, sessionMs = 6_000 } = options
  return new ZooKeeperKafkaBridge(await openTreeSession({ connect, sessionMs }), options)
}

/** The tree is in ZooKeeper, and each inbox is a topic of Kafka. Workers use both directly. */
class ZooKeeperKafkaBridge implements Bridge {
  readonly #session: ZooKeeperSession
  readonly #paths: Paths
  readonly #requests: Requests
  readonly #online: OnlineNodes
  readonly #senders: SenderChoices
  readonly #kafka: Kafka
  readonly #cluster: InboxCluster
  readonly #topics: InboxTopics
  readonly #writer: InboxWriter
  readonly #readers = new Set<InboxReader>()
  /** The topic is made when it is first needed, so that names can be given without Kafka. */
  #hasDeadLetters = false
  readonly #stops = new Set<Stop>()

  constructor(session: ZooKeeperSession, options: ZooKeeperKafkaOptions) {
    patchKafkajs()
    readAllCompressions()
    this.#session = session
    this.#paths = new Paths(options.root ?? '/')
    this.#requests = new Requests(session, this.#paths)
    this.#online = new OnlineNodes(session, this.#paths)
    this.#senders = new SenderChoices(session, this.#paths)
    this.#kafka = new Kafka({
      brokers: [...options.brokers],
      clientId: '_rookery-bridge',
      connectionTimeout: 2_000,
      requestTimeout: requestTimeoutMs,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 2 },
      logLevel: logLevel.NOTHING,
    })
    this.#cluster = new InboxCluster(this.#kafka)
    const { replicationFactor = 1 } = options
    this.#topics = new InboxTopics({
      kafka: this.#kafka,
      cluster: this.#cluster,
      replicationFactor,
    })
    this.#writer = new InboxWriter(this.#cluster)
  }

  async prepare(): Promise<void> {
    for (const path of this.#paths.all()) {
      if ((await this.#session.stat(path)) !== null) continue
      if ((await this.#session.create(path, null)) === null) {
        // Another process was faster, or the node above is ephemeral and cannot have children.
        if ((await this.#session.stat(path)) === null)
          throw new BridgeError(
            'denied',
            `the node ${path} cannot be made: is the node above ephemeral?`,
          )
      }
    }
  }

  watchRequests(kind: RequestKind, onChange: (requests: readonly Request[]) => void): Stop {
    return this.#untilClosed(this.#requests.watch(kind, onChange))
  }

  isUnchanged(request: Request): Promise<boolean> {
    return this.#requests.isUnchanged(request)
  }

  answer(request: Request, answer: Answer): Promise<'answered' | 'stale'> {
    return this.#requests.answer(request, answer)
  }

  discard(request: Request): Promise<void> {
    return this.#requests.discard(request)
  }

  ask(kind: RequestKind, id: string, timeoutMs: number): Promise<Answer> {
    return this.#requests.ask(kind, id, timeoutMs)
  }

  async registerAccount(id: string): Promise<'done' | 'existed'> {
    const path = `${this.#paths.registry}/${id}`
    if ((await this.#session.create(path, accountData)) !== null) return 'done'
    if ((await this.#session.stat(path)) !== null) return 'existed'
    throw new BridgeError('unavailable', 'the tree has no registry now, the manager makes it again')
  }

  watchRegistry(onChange: (ids: ReadonlySet<string>) => void): Stop {
    const read = async (ids: readonly string[]): Promise<ReadonlySet<string>> => new Set(ids)
    return this.#untilClosed(watchNodes(this.#session, this.#paths.registry, read, onChange))
  }

  async registrations(ids: readonly string[]): Promise<ReadonlyMap<string, Registration>> {
    const found = new Map<string, Registration>()
    await inParallel(ids, async (id) => {
      const node = await this.#session.get(`${this.#paths.registry}/${id}`)
      if (node === null) return
      const kind = node.data?.toString() === accountData ? 'account' : 'worker'
      const { czxid: incarnation, numChildren } = node.stat
      found.set(id, { kind, incarnation, removable: numChildren === 0 })
    })
    return found
  }

  watchOnline(onChange: (ids: ReadonlySet<string>) => void): Stop {
    return this.#untilClosed(this.#online.watch(onChange))
  }

  showOnline(ids: readonly string[]): Promise<void> {
    return this.#online.show(ids)
  }

  hideOnline(ids: readonly string[]): Promise<void> {
    return this.#online.hide(ids)
  }

  removeOnline(ids: readonly string[]): Promise<void> {
    return this.#online.remove(ids)
  }

  releaseOnline(ids: readonly string[]): void {
    this.#online.release(ids)
  }

  shownHere(): Promise<ReadonlySet<string>> {
    return this.#online.shownHere()
  }

  chooseSender(place: InboxPlace, sender: string): Promise<string | null> {
    return this.#senders.choose(place, sender)
  }

  inboxes(): Promise<ReadonlySet<string>> {
    return this.#topics.names()
  }

  createInboxes(ids: readonly string[]): Promise<void> {
    return this.#topics.create(ids)
  }

  deleteInbox(id: string): Promise<void> {
    return this.#topics.remove(id)
  }

  follow(
    onRecord: (record: InboxRecord) => Promise<void>,
    onUnreadable: (inbox: string, error: unknown) => void = () => undefined,
  ): InboxFollower {
    const reader = new InboxReader(this.#kafka, {
      begin: (inboxes, incarnations) => this.#senders.begin(inboxes, incarnations),
      onRecord,
      onUnreadable,
    })
    this.#readers.add(reader)
    return {
      setInboxes: (inboxes) => reader.setInboxes(inboxes),
      close: () => {
        this.#readers.delete(reader)
        return reader.close()
      },
    }
  }

  write(inbox: string, record: OutgoingRecord): Promise<void> {
    return this.#writer.write(inbox, record)
  }

  lastWritten(
    inbox: string,
    sinceMs: number,
  ): Promise<ReadonlyMap<string, { epoch: number; seq: number }>> {
    return this.#writer.lastWritten(inbox, sinceMs)
  }

  async deadLetter(record: InboxRecord, reason: string): Promise<void> {
    if (!this.#hasDeadLetters) await this.#topics.create([deadLetterTopic])
    this.#hasDeadLetters = false
    await this.#writer.deadLetter(record, reason)
    this.#hasDeadLetters = true
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop()
    await Promise.all([...this.#readers].map((reader) => reader.close()))
    await this.#online.close()
    await this.#session.close()
    await this.#cluster.close()
  }

  #untilClosed(stop: Stop): Stop {
    this.#stops.add(stop)
    return () => {
      this.#stops.delete(stop)
      stop()
    }
  }
}
