import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Coordination } from '@rookery/coordination'
import { closeCodes } from '@rookery/protocol'
import { opsRoutes, type Readiness, Reconciler, Sweeper } from '@rookery/service-kit'
import { Submitter } from '@rookery/submission'
import { Views } from '@rookery/views'
import { advertisedAddress, isGuessed } from './advertised.ts'
import { Hubs } from './channels/hubs.ts'
import { boundedListings } from './channels/listings.ts'
import type { ChatConfig } from './config.ts'
import type { ChatContext, ChatDeps } from './context.ts'
import { type ChatCounters, chatCounters } from './counters.ts'
import { dispatch } from './handlers/index.ts'
import { PushReceiver } from './push-receiver.ts'
import { register } from './registration.ts'
import { renewRoutes, sweepConnections } from './sockets/liveness.ts'
import { SocketEndpoint } from './sockets/socket-endpoint.ts'
import { Flusher } from './sockets/socket-writer.ts'
import type { UserConnection } from './sockets/user-connection.ts'
import { EndedFamilies } from './users/ended-families.ts'
import { refreshMutes } from './users/mutes.ts'
import { PresenceFeed, presenceFrameEveryMs } from './users/presence-feed.ts'
import { releasePlace } from './users/release-place.ts'
import { routeOf } from './users/route-of.ts'
import { Users } from './users/users.ts'

export interface ChatServerDeps extends ChatDeps {
  config: ChatConfig
  coordination: Coordination
  /** Default: `chat-` and a random part, new with each start. */
  serverId?: string
  readiness: Readiness
}

export interface Listening {
  serverId: string
  port: number
}

export interface ChatServer {
  /** Listens, and shows itself in discovery under the address that clients can reach. */
  listen(at: { host: string; port: number }): Promise<Listening>
  /**
   * Leaves discovery, asks clients to move, closes the sockets that are left with 1012, and frees
   * everything. Takes at most about 8 s.
   */
  close(): Promise<void>
}

const refreshEveryMs = 5_000
const sweepEveryMs = 1_000
/** Clients that are told to drain move within this time, spread evenly. */
const drainSpreadMs = 2_000
const drainWaitMs = 5_000

export function createChatServer(deps: ChatServerDeps): ChatServer {
  const counters = chatCounters(deps.metrics)
  const ctx = contextOf(deps, counters)
  const { config, hubs, logger, presence, routing, serverId, users } = ctx
  /** True once the server was told to stop. */
  let draining = false
  const isDraining = (): boolean => draining
  const endpoint = new SocketEndpoint(
    {
      config,
      counters,
      logger,
      flusher: new Flusher(),
      isDraining,
      handle: (connection, frame) => dispatch(ctx, connection, frame),
      probeAnswered: (connection) => {
        const route = routeOf(serverId, connection)
        if (route !== null) routing.renewRoutes([route]).catch(() => undefined)
      },
      left: (connection) => releasePlace(ctx, connection),
    },
    opsRoutes({ readiness: deps.readiness, metrics: deps.metrics }),
  )
  const { connections } = endpoint
  const receiver = new PushReceiver({ ...ctx, connections })
  measure(ctx, connections)

  const onError = (error: unknown): void =>
    logger.error({ err: error }, 'a sweep failed, the next one runs within 1 s')
  const sweeper = new Sweeper(sweepEveryMs, onError)
  sweeper.add((now) => sweepConnections(config, connections, now))
  sweeper.add((now) => ctx.ended.sweep(now))
  sweeper.add((now) => endpoint.sweep(now))
  const presenceTimer = new Sweeper(presenceFrameEveryMs, onError)
  presenceTimer.add(() => presence.flush())

  const refresh = async (): Promise<void> => {
    await routing.renewServer(serverId)
    await renewRoutes(ctx, connections)
    await users.refresh()
    await presence.refresh()
  }
  /** Runs `work` every 5 s. @returns stop, which does not wait for a run that is under way */
  const repeat = (work: () => Promise<void>): (() => void) => {
    const reconciler = new Reconciler(work, {
      everyMs: refreshEveryMs,
      onError: (error) =>
        logger.warn({ err: error }, 'a refresh failed, it is tried again within 5 s'),
    })
    return () => void reconciler.close()
  }
  /** In the order in which they are to be closed; the first one leaves discovery. */
  const closing: (() => Promise<void> | void)[] = []

  return {
    listen: async ({ host, port }) => {
      const unsubscribe = await ctx.bus.subscribe(serverId, (batch) => receiver.receive(batch))
      await routing.renewServer(serverId)
      closing.push(unsubscribe)
      const listening = await endpoint.listen(host, port)
      const { advertised } = config
      if (isGuessed(advertised, host))
        logger.warn(
          { host },
          'clients are sent to this machine itself: set ADVERTISED_HOST or ADVERTISED_URL',
        )
      const registration = await register(
        { serverId, coordination: deps.coordination, connections, logger, isDraining },
        advertisedAddress(advertised, { serverId, host, port: listening }),
      )
      closing.unshift(
        () => registration.leave(),
        repeat(refresh),
        // Heads have a timer of their own: they must be read even if all else is away.
        repeat(() => hubs.refresh()),
        repeat(() => refreshMutes(ctx)),
        routing.onLost(() => {
          presence.boardLost()
          void refresh().catch(() => undefined)
          void hubs.refresh().catch(() => undefined)
        }),
      )
      return { serverId, port: listening }
    },
    close: async () => {
      draining = true
      const [leaveDiscovery, ...others] = closing
      await leaveDiscovery?.()
      await drain(ctx, endpoint)
      sweeper.close()
      presenceTimer.close()
      for (const close of others) await close()
      ctx.submitter.close()
      await endpoint.close()
      await routing.forgetServer(serverId).catch(() => undefined)
    },
  }
}

async function drain(
  { routing, serverId }: Pick<ChatContext, 'routing' | 'serverId'>,
  { connections }: SocketEndpoint,
): Promise<void> {
  if (connections.size === 0) return
  await routing.drainRoutes(serverId).catch(() => undefined)
  for (const connection of connections.values()) {
    const reconnectAfterMs = Math.floor(Math.random() * drainSpreadMs)
    connection.send({ type: 'server_draining', reconnectAfterMs })
  }
  for (let waited = 0; connections.size > 0 && waited < drainWaitMs; waited += 50) await delay(50)
  for (const connection of connections.values())
    connection.close(closeCodes.serviceRestart, 'the server restarts')
  for (let waited = 0; connections.size > 0 && waited < 1_000; waited += 50) await delay(50)
}

function contextOf(deps: ChatServerDeps, counters: ChatCounters): ChatContext {
  const serverId = deps.serverId ?? `chat-${randomBytes(6).toString('hex')}`
  const views = new Views(deps)
  const shared = { ...deps, serverId, views, counters }
  // These three refer to each other. The functions are called only after all three exist.
  const submitter = new Submitter<UserConnection>({
    origin: serverId,
    log: deps.log,
    store: deps.store,
    readUpTo: (channelId, seq) => hubs.get(channelId)?.hasPassed(seq) === true,
  })
  const hubs: Hubs = new Hubs({
    ...shared,
    submitter,
    joined: (channelId, username, by) => users.joined(channelId, username, by),
  })
  const users: Users = new Users({ ...shared, hubs })
  return {
    ...shared,
    submitter,
    hubs,
    users,
    presence: new PresenceFeed({ ...shared, users }),
    ended: new EndedFamilies(),
    listings: boundedListings(),
  }
}

function measure(
  { metrics, users, hubs, submitter, listings }: ChatContext,
  connections: ReadonlyMap<string, unknown>,
): void {
  const gauges = {
    rookery_chat_sockets: ['Open sockets', () => connections.size],
    rookery_chat_users: ['Users with a socket', () => users.size],
    rookery_chat_channels: ['Open channels', () => hubs.size],
    rookery_chat_pending_sends: ['Submissions without an outcome yet', () => submitter.pending],
    rookery_chat_waiting_listings: [
      'New sockets that wait for their list of channels',
      () => listings.waiting,
    ],
  } as const
  for (const [name, [help, collect]] of Object.entries(gauges))
    metrics.gauge(name, help, { collect })
}
