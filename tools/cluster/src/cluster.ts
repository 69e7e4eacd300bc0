import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  engineNames,
  freePorts,
  startEngines,
  type EngineName,
  type Engines,
} from '@rookery/engines'
import { secretFile } from '@rookery/service-kit'
import { ServiceProcess } from './service-process.ts'

export interface ClusterOptions {
  /**
   * The folder of the engines' data, and of the secret of a cluster that starts its own engines.
   */
  folder: string
  apis: number
  chatServers: number
  dispatchers: number
  presence: number
  /** The port of the first api; the others get free ones. 0: a free one. */
  apiPort: number
  /** The port of the first chat server; the next ones count up. 0: free ones. */
  chatPort: number
  /** Settings of the services. Engines that are named here are used, the others are started. */
  env: Readonly<Record<string, string | undefined>>
  onLine: (name: string, line: string) => void
}

export interface Cluster {
  url: string
  /** Null if the cluster uses only engines that ran already. */
  engines: Engines<EngineName> | null
  /** The settings with which each service was started. */
  env: Readonly<Record<string, string>>
  services: readonly ServiceProcess[]
  of(kind: ServiceKind): ServiceProcess[]
  /**
   * Starts one more service of a kind, on a free port. `more`: settings of its own. Resolves when
   * it is ready.
   */
  add(kind: ServiceKind, more?: Readonly<Record<string, string>>): Promise<ServiceProcess>
  /** Stops a service and forgets it. */
  remove(service: ServiceProcess): Promise<void>
  stop(): Promise<void>
}

export type ServiceKind = 'api' | 'chat-server' | 'dispatcher' | 'presence'

const variableOf: Readonly<Record<EngineName, string>> = {
  kafka: 'KAFKA_BROKERS',
  zookeeper: 'ZOOKEEPER_CONNECT',
  cassandra: 'CASSANDRA_CONTACT_POINTS',
  redis: 'REDIS_URL',
  mariadb: 'MYSQL_URL',
}
const readyWithinMs = 120_000
const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')

/** The services as separate processes on the real engines. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const missing = engineNames.filter((name) => !options.env[variableOf[name]])
  const engines =
    missing.length === 0
      ? null
      : await startEngines({
          folder: join(options.folder, 'engines'),
          which: missing,
          onProgress: (line) => options.onLine('engines', line),
        })
  const services: ServiceProcess[] = []
  const stop = async (): Promise<void> => {
    // Ctrl-C in a terminal also reaches the services.
    for (const service of services) service.restarts = false
    // Chat servers first: while they drain, their last sends are stored and answered.
    for (const kind of ['chat-server', 'api', 'presence', 'dispatcher'] as const)
      await Promise.all(kindOf(services, kind).map((service) => service.stop()))
    await engines?.stop()
  }
  try {
    const env = environment(options, engines)
    const service = (kind: ServiceKind, number: number, port: number): ServiceProcess =>
      new ServiceProcess({
        name: `${kind}-${number}`,
        main: join(root, 'services', kind, 'dist', 'main.js'),
        env,
        port,
        onLine: options.onLine,
      })
    const { apis, chatServers, dispatchers, presence } = options
    // A range in which no outgoing connection gets a port, so that a port stays free while its
    // service is down.
    const free = await freePorts(apis + chatServers + dispatchers + presence)
    for (const [kind, count, firstPort] of [
      ['dispatcher', dispatchers, 0],
      ['presence', presence, 0],
      ['chat-server', chatServers, options.chatPort],
      ['api', apis, options.apiPort],
    ] as const)
      for (let i = 0; i < count; i += 1)
        services.push(service(kind, i + 1, fixedPort(kind, i, firstPort) ?? free.pop() ?? 0))
    for (const each of services) each.start()
    await Promise.all(services.map((each) => each.ready(readyWithinMs)))
    const add: Cluster['add'] = async (kind, more) => {
      const taken = kindOf(services, kind).map(({ name }) => Number(name.split('-').at(-1)))
      const [port = 0] = await freePorts(1)
      const added = service(kind, Math.max(0, ...taken) + 1, port)
      services.push(added)
      added.start(more)
      await added.ready(readyWithinMs)
      return added
    }
    const remove = async (gone: ServiceProcess): Promise<void> => {
      await gone.stop()
      services.splice(services.indexOf(gone), 1)
    }
    const [api] = kindOf(services, 'api')
    const url = `http://127.0.0.1:${api?.port ?? 0}`
    return { url, engines, env, services, of: (kind) => kindOf(services, kind), add, remove, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function kindOf(services: readonly ServiceProcess[], kind: ServiceKind): ServiceProcess[] {
  return services.filter((service) => service.name.startsWith(`${kind}-`))
}

function environment(
  options: ClusterOptions,
  engines: Engines<EngineName> | null,
): Record<string, string> {
  const given = Object.entries(options.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('npm_'),
  )
  const secret = options.env['JWT_SECRET'] ?? options.env['JWT_SECRET_FILE']
  return {
    HOST: '127.0.0.1',
    ...(engines?.variables as Record<string, string> | undefined),
    ...Object.fromEntries(given),
    ...(secret === undefined
      ? { JWT_SECRET: secretFile(join(options.folder, 'jwt_secret.txt')) }
      : {}),
  }
}

function fixedPort(kind: ServiceKind, index: number, first: number): number | null {
  if (first === 0) return null
  if (kind === 'chat-server') return first + index
  return index === 0 ? first : null
}
