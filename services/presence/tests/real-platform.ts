import { openMysqlAccounts } from '@rookery/accounts/mysql'
import {
  openRedisPresenceBoard,
  openRedisPushBus,
  openRedisRouting,
} from '@rookery/directory/redis'
import { sharedEngines } from '@rookery/engines'
import { openKafkaLog } from '@rookery/log/kafka'
import { openCassandraStore } from '@rookery/message-store/cassandra'
import { createLogger } from '@rookery/service-kit'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Platform, platformOn } from './platform.ts'

const program = fileURLToPath(new URL('./presence-process.mjs', import.meta.url))
const sessionMs = 3_000

/** A platform on real engines, with presence processes that a test can kill and freeze. */
export class RealPlatform {
  readonly platform: Platform
  readonly root: string
  readonly #world: object

  private constructor(platform: Platform, root: string, world: object) {
    this.platform = platform
    this.root = root
    this.#world = world
  }

  static async open(suffix: string): Promise<RealPlatform> {
    const engines = await sharedEngines(['kafka', 'zookeeper', 'cassandra', 'redis', 'mariadb'])
    const root = `/kills-${suffix}`
    const options = {
      log: { brokers: [engines.KAFKA_BROKERS], prefix: `_rookery-${suffix}-`, partitionCount: 2 },
      store: {
        contactPoints: engines.CASSANDRA_CONTACT_POINTS.split(','),
        localDataCenter: engines.CASSANDRA_LOCAL_DATACENTER,
        keyspace: `rookery_test_${suffix}`,
        replicationFactor: 1,
      },
      redis: { url: engines.REDIS_URL, keyPrefix: `{${suffix}}` },
      mysql: new URL(`/rookery_test_${suffix}`, engines.MYSQL_URL).href,
      zookeeper: engines.ZOOKEEPER_CONNECT,
      root,
      sessionMs,
    }
    const log = await openKafkaLog({ ...options.log, clientId: 'test' })
    const platform = await platformOn(
      {
        log,
        store: await openCassandraStore({ ...options.store, logEpoch: log.epoch }),
        accounts: await openMysqlAccounts({ url: options.mysql }),
        routing: await openRedisRouting(options.redis),
        bus: await openRedisPushBus(options.redis),
        board: await openRedisPresenceBoard(options.redis),
        logger: createLogger('platform', { level: 'silent' }),
      },
      () => undefined,
    )
    return new RealPlatform(platform, root, options)
  }

  presence(): PresenceProcess {
    return new PresenceProcess(this.#world)
  }
}

export class PresenceProcess {
  leads = false
  readonly #child: ChildProcess

  constructor(world: object) {
    this.#child = spawn(process.execPath, [program, JSON.stringify(world)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    if (this.#child.stdout === null)
      throw new Error('the process needs a pipe as its standard output')
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      if (line.includes('no longer leads presence')) this.leads = false
      else if (line.includes('leads presence')) this.leads = true
    })
  }

  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    this.leads = false
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
}
