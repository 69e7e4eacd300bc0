import type { Accounts } from '@rookery/accounts'
import { openMysqlAccounts } from '@rookery/accounts/mysql'
import { type Bridge, type BridgeSettings, toBridgeConfig } from '@rookery/bridge'
import { openZooKeeperKafkaBridge } from '@rookery/bridge/zookeeper-kafka'
import type { Coordination } from '@rookery/coordination'
import { openZooKeeperCoordination } from '@rookery/coordination/zookeeper'
import type { PresenceBoard, PushBus, Routing, Throttle } from '@rookery/directory'
import {
  openRedisPresenceBoard,
  openRedisPushBus,
  openRedisRouting,
  openRedisThrottle,
} from '@rookery/directory/redis'
import type { LogError, MessageLog } from '@rookery/log'
import { openKafkaLog } from '@rookery/log/kafka'
import type { MessageStore } from '@rookery/message-store'
import { openCassandraStore } from '@rookery/message-store/cassandra'
import type { Logger } from '@rookery/service-kit'
import { list, logPlan, storePlan } from './engine-plans.ts'
import type { EngineSettings } from './settings.ts'
import { waitFor } from './wait-for.ts'

export interface AdaptersOptions {
  settings: EngineSettings
  /** The name by which the engines know this process. */
  clientId: string
  /** The name that this process keeps over its restarts; see `instance` of the Kafka log. */
  instance: string | undefined
  logger: Logger
  signal: AbortSignal
  /**
   * Called when the log cannot continue in this process, which should then end and be restarted.
   */
  onFatal: (error: LogError) => void
}

export interface Directory {
  routing: Routing
  bus: PushBus
  board: PresenceBoard
  throttle: Throttle
}

/**
 * Opens the connections to the engines that a service needs. Waits for engines that are away, and
 * closes the connections in reverse order.
 */
export class Adapters {
  readonly readiness: Map<string, () => Promise<void> | boolean> = new Map()
  readonly #options: AdaptersOptions
  readonly #opened: { close(): Promise<void> }[] = []

  constructor(options: AdaptersOptions) {
    this.#options = options
  }

  async log(): Promise<MessageLog> {
    const { settings, clientId, instance, logger, onFatal } = this.#options
    const log = await this.#open('kafka', () =>
      openKafkaLog({ ...logPlan(settings), clientId, instance, logger, onFatal }),
    )
    this.readiness.set('kafka', async () => void (await log.bounds(0)))
    return log
  }

  async store(log: MessageLog): Promise<MessageStore> {
    const store = await this.#open('cassandra', () =>
      openCassandraStore(storePlan(this.#options.settings, log.epoch)),
    )
    this.readiness.set('cassandra', async () => void (await store.progress(0)))
    return store
  }

  async directory(): Promise<Directory> {
    const redis = { url: this.#options.settings.REDIS_URL }
    const routing = await this.#open('redis', () => openRedisRouting(redis))
    const bus = await this.#open('redis', () => openRedisPushBus(redis))
    const board = await this.#open('redis', () => openRedisPresenceBoard(redis))
    const throttle = await this.#open('redis', () => openRedisThrottle(redis))
    this.readiness.set('redis', async () => void (await routing.servers()))
    return { routing, bus, board, throttle }
  }

  async coordination(): Promise<Coordination> {
    const coordination = await this.#open('zookeeper', () =>
      openZooKeeperCoordination({ connect: this.#options.settings.ZOOKEEPER_CONNECT }),
    )
    this.readiness.set('zookeeper', () => coordination.state === 'connected')
    return coordination
  }

  async accounts(): Promise<Accounts> {
    const { MYSQL_URL, MYSQL_PASSWORD } = this.#options.settings
    const accounts = await this.#open('mysql', () =>
      openMysqlAccounts({ url: withPassword(MYSQL_URL, MYSQL_PASSWORD) }),
    )
    // No user can have this name, so the look-up only shows that MySQL answers.
    this.readiness.set('mysql', async () => void (await accounts.find('-')))
    return accounts
  }

  /** Resolves with null if the bridge is switched off. */
  async bridge(bridgeSettings: BridgeSettings): Promise<Bridge | null> {
    const { enabled, root, replicationFactor } = toBridgeConfig(bridgeSettings)
    if (!enabled) return null
    const { KAFKA_BROKERS, ZOOKEEPER_CONNECT } = this.#options.settings
    const bridge = await this.#open('bridge', () =>
      openZooKeeperKafkaBridge({
        connect: ZOOKEEPER_CONNECT,
        root,
        brokers: list(KAFKA_BROKERS),
        replicationFactor,
      }),
    )
    this.readiness.delete('bridge')
    return bridge
  }

  async close(): Promise<void> {
    for (let one = this.#opened.pop(); one !== undefined; one = this.#opened.pop())
      await one.close().catch((error: unknown) => {
        this.#options.logger.warn(
          { err: error },
          'the connection to an engine could not be closed in order, closing the others',
        )
      })
  }

  async #open<T extends { close(): Promise<void> }>(
    engine: string,
    open: () => Promise<T>,
  ): Promise<T> {
    this.readiness.set(engine, () => false)
    const opened = await waitFor(engine, open, this.#options)
    this.#opened.push(opened)
    return opened
  }
}

function withPassword(url: string, password: string | undefined): string {
  if (password === undefined || !URL.canParse(url)) return url
  const parsed = new URL(url)
  if (parsed.password === '') parsed.password = encodeURIComponent(password)
  return parsed.href
}
