import type { Bridge } from '@rookery/bridge'
import {
  InboxCluster,
  openTreeSession,
  openZooKeeperKafkaBridge,
} from '@rookery/bridge/zookeeper-kafka'
import type { Coordination } from '@rookery/coordination'
import { openZooKeeperCoordination } from '@rookery/coordination/zookeeper'
import { Link, sharedEngines } from '@rookery/engines'
import { isRetryable, Metrics } from '@rookery/service-kit'
import type { ZooKeeperSession } from '@rookery/zookeeper-client'
import { Kafka, logLevel } from 'kafkajs'
import { randomBytes } from 'node:crypto'
import { createPresence, type Presence } from '../src/presence.ts'
import type { Platform } from './platform.ts'

const sessionMs = 3_000

/** A presence service with its own connections to ZooKeeper, which a test can cut. */
export class PresenceNode {
  readonly link: Link
  readonly #metrics: Metrics
  readonly #ports: [Bridge, Coordination]
  readonly #presence: Presence

  constructor(link: Link, metrics: Metrics, ports: [Bridge, Coordination], presence: Presence) {
    this.link = link
    this.#metrics = metrics
    this.#ports = ports
    this.#presence = presence
  }

  async leads(): Promise<boolean> {
    const gauge = await this.#metrics.registry.getSingleMetric('rookery_presence_leader')?.get()
    return gauge?.values[0]?.value === 1
  }

  /** Users whom this process shows online in the tree; none while its way to the tree is cut. */
  async shown(): Promise<ReadonlySet<string>> {
    try {
      return await this.#ports[0].shownHere()
    } catch (error) {
      if (isRetryable(error)) return new Set()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#presence.close()
    for (const port of this.#ports) await port.close()
    this.link.close()
  }
}

/** A tree and inboxes on real engines. The test acts as the workers. */
export class EngineWorld {
  readonly suffix: string = randomBytes(5).toString('hex')
  readonly root: string = `/recipes-${this.suffix}`
  readonly zookeeper: string
  readonly #kafka: string
  readonly #opened: { close(): Promise<void> }[] = []

  private constructor(zookeeper: string, kafka: string) {
    this.zookeeper = zookeeper
    this.#kafka = kafka
  }

  static async start(): Promise<EngineWorld> {
    const engines = await sharedEngines(['zookeeper', 'kafka'])
    return new EngineWorld(engines.ZOOKEEPER_CONNECT, engines.KAFKA_BROKERS)
  }

  async presence(platform: Platform): Promise<PresenceNode> {
    const link = new Link(this.zookeeper)
    const connect = await link.open()
    const bridge = await this.#bridge(connect)
    const coordination = await openZooKeeperCoordination({
      connect,
      root: `${this.root}/_rookery`,
      sessionTimeoutMs: sessionMs,
    })
    const metrics = new Metrics('presence')
    const presence = await createPresence({
      ...platform,
      coordination,
      metrics,
      tickMs: 20,
      graceMs: 200,
      bridge: { ...platform, bridge },
    })
    return new PresenceNode(link, metrics, [bridge, coordination], presence)
  }

  /** The bridge as a worker uses it, with a connection of its own. */
  async bridge(root: string = this.root): Promise<Bridge> {
    return this.#kept(await this.#bridge(this.zookeeper, root))
  }

  async tree(): Promise<ZooKeeperSession> {
    return this.#kept(await openTreeSession({ connect: this.zookeeper, sessionMs }))
  }

  inboxes(): InboxCluster {
    return this.#kept(new InboxCluster(this.kafka()))
  }

  kafka(): Kafka {
    return new Kafka({ brokers: [this.#kafka], logLevel: logLevel.NOTHING })
  }

  async close(): Promise<void> {
    for (const one of this.#opened.reverse()) await one.close()
  }

  #bridge(connect: string, root: string = this.root): Promise<Bridge> {
    return openZooKeeperKafkaBridge({ connect, root, brokers: [this.#kafka], sessionMs })
  }

  #kept<T extends { close(): Promise<void> }>(one: T): T {
    this.#opened.push(one)
    return one
  }
}
