import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Coordination } from '@rookery/coordination'
import { closeCodes } from '@rookery/protocol'
import { opsRoutes, Sweeper, type Readiness } from '@rookery/service-kit'
import { Submitter } from '@rookery/submission'
import { Views } from '@rookery/views'
import { advertisedAddress, isGuessed } from './advertised.ts'
import type { ChatConfig } from './config.ts'
import type { ChatContext, ChatDeps } from './context.ts'
import { EndedFamilies } from './users/ended-families.ts'
import { Hubs } from './channels/hubs.ts'
import { sweepConnections, renewRoutes } from './sockets/liveness.ts'
import { refreshMutes } from './users/mutes.ts'
import { PresenceFeed, presenceFrameEveryMs } from './users/presence-feed.ts'
import { PushReceiver } from './push-receiver.ts'
import { register } from './registration.ts'
import { every } from './every.ts'
import { Flusher } from './sockets/socket-writer.ts'
import { SocketEndpoint } from './sockets/socket-endpoint.ts'
import { Turnstile } from './sockets/turnstile.ts'
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
  /** Leaves discovery, asks clients to move, closes what is left with 1012, and frees everything. At most ~8 s. */
  close(): Promise<void>
}

const refreshEveryMs = 5_000
const sweepEveryMs = 1_000
/** Clients told to drain move within this time, spread evenly. */
const drainSpreadMs = 2_000
const drainWaitMs = 5_000
/** Enough to keep a store busy; who would wait longer than a client does is sent away before. */
const listingLimits = { atOnce: 64, maxWaiting: 10_000, maxWaitMs: 5_000 }

export function createChatServer(deps: ChatServerDeps): ChatServer {
  const ctx = contextOf(deps)
  const { logger } = deps
  const endpoint = new SocketEndpoint(
    ctx,
    opsRoutes({ readiness: deps.readiness, metrics: deps.metrics }),
  )
  const { connections } = endpoint
  const receiver = new PushReceiver(ctx, connections)
  const onError = (error: unknown): void => logger.error({ err: error }, 'a sweep failed')
  const sweeper = new Sweeper(sweepEveryMs, onError)
  sweeper.add((now) => sweepConnections(ctx, connections, now))
  sweeper.add((now) => ctx.ended.sweep(now))
  sweeper.add((now) => endpoint.sweep(now))
  const presenceTimer = new Sweeper(presenceFrameEveryMs, onError)
  presenceTimer.add(() => ctx.presence.flush())
  const closing: (() => Promise<void> | void)[] = []

  deps.metrics.gauge('rookery_chat_sockets', 'Open sockets', { collect: () => connections.size })
  deps.metrics.gauge('rookery_chat_users', 'Users with a socket', { collect: () => ctx.users.size })
  deps.metrics.gauge('rookery_chat_channels', 'Open channels', { collect: () => ctx.hubs.size })
  deps.metrics.gauge('rookery_chat_pending_sends', 'Submissions without an outcome yet', {
    collect: () => ctx.submitter.pending,
  })

  deps.metrics.gauge(
    'rookery_chat_waiting_listings',
    'New sockets that wait for their turn to be listed',
    {
      collect: () => ctx.listings.waiting,
    },
  )

  const refresh = async (): Promise<void> => {
    await ctx.routing.renewServer(ctx.serverId)
    await renewRoutes(ctx, connections)
    await ctx.users.refresh()
    await ctx.presence.refresh()
  }

  return {
    listen: async ({ host, port }) => {
      const unsubscribe = await ctx.bus.subscribe(ctx.serverId, (batch) => receiver.receive(batch))
      await ctx.routing.renewServer(ctx.serverId)
      closing.push(unsubscribe)
      const listening = await endpoint.listen(host, port)
      const { advertised } = ctx.config
      if (isGuessed(advertised, host))
        logger.warn(
          { host },
          'clients are sent to this machine itself: set ADVERTISED_HOST or ADVERTISED_URL',
        )
      const at = { serverId: ctx.serverId, host, port: listening }
      const address = advertisedAddress(advertised, at)
      const registration = await register(ctx, deps.coordination, address, connections)
      closing.unshift(
        every(refreshEveryMs, refresh, logger),
        // Heads have a cycle of their own: they must be read when everything else is away, too.
        every(refreshEveryMs, () => ctx.hubs.refresh(), logger),
        every(refreshEveryMs, () => refreshMutes(ctx), logger),
        ctx.routing.onLost(() => {
          ctx.presence.boardLost()
          void refresh().catch(() => undefined)
          void ctx.hubs.refresh().catch(() => undefined)
        }),
      )
      closing.unshift(() => registration.leave())
      return { serverId: ctx.serverId, port: listening }
    },
    close: async () => {
      ctx.draining = true
      const [leaveDiscovery, ...others] = closing
      await leaveDiscovery?.()
      await drain(ctx, endpoint)
      sweeper.close()
      presenceTimer.close()
      for (const close of others) await close()
      ctx.submitter.close()
      await endpoint.close()
      await ctx.routing.forgetServer(ctx.serverId).catch(() => undefined)
    },
  }
}

async function drain(ctx: ChatContext, { connections }: SocketEndpoint): Promise<void> {
  if (connections.size === 0) return
  await ctx.routing.drainRoutes(ctx.serverId).catch(() => undefined)
  for (const connection of connections.values()) {
    const reconnectAfterMs = Math.floor(Math.random() * drainSpreadMs)
    connection.send({ type: 'server_draining', reconnectAfterMs })
  }
  for (let waited = 0; connections.size > 0 && waited < drainWaitMs; waited += 50) await delay(50)
  for (const connection of connections.values())
    connection.close(closeCodes.serviceRestart, 'the server restarts')
  for (let waited = 0; connections.size > 0 && waited < 1_000; waited += 50) await delay(50)
}

function contextOf(deps: ChatServerDeps): ChatContext {
  const { metrics } = deps
  const serverId = deps.serverId ?? `chat-${randomBytes(6).toString('hex')}`
  const ctx = {
    ...deps,
    serverId,
    submitter: new Submitter({
      origin: serverId,
      log: deps.log,
      store: deps.store,
      readUpTo: (channelId, seq) => ctx.hubs.get(channelId)?.hasPassed(seq) === true,
    }),
    views: new Views(deps),
    ended: new EndedFamilies(),
    flusher: new Flusher(),
    listings: new Turnstile(listingLimits),
    counters: {
      deliveries: metrics.counter('rookery_chat_deliveries_total', 'Events shown to sockets'),
      lagged: metrics.counter('rookery_chat_lagged_total', 'Sockets that fell behind'),
      repairs: metrics.counter('rookery_chat_repairs_total', 'Ranges fetched after a missed push'),
      refusals: metrics.counter('rookery_chat_refusals_total', 'Requests refused'),
      unwelcome: metrics.counter('rookery_chat_unwelcome_total', 'Sockets refused unasked', [
        'reason',
      ]),
      floods: metrics.counter('rookery_chat_floods_total', 'Sockets cut for sending too much'),
    },
    draining: false,
  } as unknown as ChatContext
  // These three need the context, which needs them.
  ctx.hubs = new Hubs(ctx)
  ctx.users = new Users(ctx)
  ctx.presence = new PresenceFeed(ctx)
  return ctx
}
