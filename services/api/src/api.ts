import type { Accounts } from '@rookery/accounts'
import type { Coordination } from '@rookery/coordination'
import type { MessageLog } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'
import type { PresenceBoard, PushBus, Routing, Throttle } from '@rookery/directory'
import {
  listenBacklog,
  type Logger,
  type Metrics,
  opsRoutes,
  type Readiness,
  Sweeper,
  TrustedProxies,
} from '@rookery/service-kit'
import type { AccessTokens } from '@rookery/tokens'
import { Views } from '@rookery/views'
import type { FastifyInstance } from 'fastify'
import { BreachedPasswords } from './auth/breached-passwords.ts'
import { EndedFamilies } from './auth/ended-families.ts'
import { Guard } from './auth/guard.ts'
import { LogInThrottle } from './auth/log-in-throttle.ts'
import { LogIns } from './auth/log-ins.ts'
import { Passwords } from './auth/passwords.ts'
import { SecurityLog } from './auth/security-log.ts'
import { createBroadcast } from './broadcast.ts'
import { Departures } from './channels/departures.ts'
import { Producer } from './channels/producer.ts'
import { ChatServerPicker } from './chat-server-picker.ts'
import type { ApiConfig } from './config.ts'
import type { ApiContext } from './context.ts'
import { createHttpServer } from './http/server.ts'
import { addWebSession } from './http/web-session.ts'
import { Turns } from './http/turns.ts'
import { addDocuments, addOpenApi } from './routes/documents.ts'
import { addRoutes } from './routes/index.ts'
import { addOps } from './routes/ops.ts'
import { addPages } from './routes/pages.ts'

/** The ports that the api stands on. They belong to the caller, who closes them after the api. */
export interface ApiDeps {
  /** Names this process among all that take pushes. */
  readonly serverId: string
  readonly config: ApiConfig
  readonly logger: Logger
  readonly metrics: Metrics
  /** What `/ready` asks. */
  readonly readiness: Readiness
  readonly tokens: AccessTokens
  readonly accounts: Accounts
  readonly coordination: Coordination
  readonly routing: Routing
  readonly bus: PushBus
  readonly throttle: Throttle
  readonly board: PresenceBoard
  readonly log: MessageLog
  readonly store: MessageStore
}

export interface Api {
  /** For tests and for serving more from the same port. */
  readonly app: FastifyInstance
  /** @returns the port, which the system chose if 0 was asked for */
  listen(at: { host: string; port: number }): Promise<number>
  /** Finishes the requests under way. */
  close(): Promise<void>
}

/** A user may ask for 100 reads in a burst: 4 are answered at a time, and the others can wait. */
const readsOfOneUser = { atOnce: 4, maxWaiting: 200 }
const sweepMs = 2_000
const forgetEveryMs = 60_000
const forgetAtOnce = 1_000
/**
 * A clock that was set by more than this may be wrong, so no log-in is forgotten for a day
 * afterwards.
 */
const clockStepMs = 60_000
const doubtMs = 24 * 3_600_000

export async function createApi(deps: ApiDeps): Promise<Api> {
  const { accounts, config, coordination, logger, metrics, bus, readiness, routing } = deps
  const broadcast = createBroadcast(routing, bus)
  const { accessTokenTtlMs } = config
  const ended = new EndedFamilies({ accounts, broadcast, logger, accessTokenTtlMs })
  const chatServers = new ChatServerPicker(logger)
  const security = new SecurityLog(logger, metrics)
  const passwords = new Passwords(config.passwordHash)
  const { breachedPasswords } = config
  const breached =
    breachedPasswords === null ? null : await BreachedPasswords.open(breachedPasswords)
  metrics.gauge('rookery_password_checks_waiting', 'Passwords that wait to be hashed.', {
    collect: () => passwords.waiting,
  })
  const proxies = new TrustedProxies(config.trustedProxies)
  const app = createHttpServer({ logger, metrics, proxies, ...config })
  const logIns = new LogIns({ ...deps, ended })
  const guard = new Guard({ ...deps, ...config, ...config.rates, ended, security, proxies })
  const producer = new Producer(deps)
  const departures = new Departures({ ...deps, producer })
  const context: ApiContext = {
    ...deps,
    app,
    guard,
    turns: new Turns(readsOfOneUser),
    breached,
    broadcast,
    chatServers,
    departures,
    ended,
    logIns,
    logInThrottle: new LogInThrottle({
      throttle: deps.throttle,
      rates: config.rates,
      onLimited: (what) => security.record('limited', { what }),
    }),
    passwords,
    producer,
    proxies,
    security,
    views: new Views(deps),
  }
  addWebSession(app, proxies, config.refreshAbsoluteMs)
  await addOpenApi(app)
  addOps(app, opsRoutes({ readiness, metrics }))
  addRoutes(context)
  await addDocuments(app)
  if (!(await addPages(app, chatServers)))
    logger.warn('the web pages are not built: `npm run build:web` builds them')
  await app.ready()

  await chatServers.watch(coordination)
  await producer.start()
  await ended.poll(Date.now())
  await warnOfUnregisteredAdmins(context, logger)
  const sweeper = new Sweeper(sweepMs, (error) =>
    logger.error({ err: error }, 'a sweep failed, it runs again at its next turn'),
  )
  sweeper.add(() => void ended.poll(Date.now()))
  sweeper.add(() => void producer.renew())
  sweeper.add(() => void departures.sweep())
  sweeper.add(forgetEveryMinute(context, logger))

  return {
    app,
    listen: async ({ host, port }) => {
      await app.listen({ host, port, backlog: listenBacklog })
      const address = app.server.address()
      return typeof address === 'object' && address !== null ? address.port : port
    },
    close: async () => {
      sweeper.close()
      chatServers.close()
      await app.close()
      await producer.close()
      await breached?.close()
    },
  }
}

/** The first person who registers such a name becomes an admin. */
async function warnOfUnregisteredAdmins(
  { accounts, config }: ApiContext,
  logger: Logger,
): Promise<void> {
  try {
    const known = await accounts.findMany([...config.adminUsernames])
    const usernames = [...config.adminUsernames].filter((name) => !known.has(name))
    if (usernames.length === 0) return
    logger.warn(
      { usernames },
      'ADMIN_USERNAMES has names that nobody has registered: register them before others do',
    )
  } catch (error) {
    logger.warn(
      { err: error },
      'the accounts could not be read: not known whether all ADMIN_USERNAMES are registered',
    )
  }
}

function forgetEveryMinute(
  { accounts, config, logIns }: ApiContext,
  logger: Logger,
): (nowMs: number) => void {
  let nextMs = 0
  let aheadMs: number | null = null
  return (nowMs) => {
    const stepMs = Date.now() - nowMs - (aheadMs ?? Date.now() - nowMs)
    aheadMs = Date.now() - nowMs
    if (Math.abs(stepMs) > clockStepMs) {
      logger.warn({ stepMs }, 'the clock was set: no log-in is forgotten within the next day')
      nextMs = nowMs + doubtMs
    }
    if (nowMs < nextMs) return
    nextMs = nowMs + forgetEveryMs
    // An ended family is published until its access tokens have expired. Keeping it twice as long
    // is safe.
    const endedBeforeMs = Date.now() - 2 * config.accessTokenTtlMs - forgetEveryMs
    accounts
      .forgetFamilies(logIns.lifetime(), endedBeforeMs, forgetAtOnce)
      .catch((error: unknown) =>
        logger.warn({ err: error }, 'old log-ins could not be deleted, tried again in a minute'),
      )
  }
}
