import { randomBytes } from 'node:crypto'
import { openEmbeddedAccounts } from '@rookery/accounts'
import { createApi } from '@rookery/api'
import { createChatServer } from '@rookery/chat-server'
import { createCoordinationWorld } from '@rookery/coordination'
import {
  createEmbeddedPresenceBoard,
  createEmbeddedPushBus,
  createEmbeddedRouting,
  createEmbeddedThrottle,
} from '@rookery/directory'
import { createDispatcher } from '@rookery/dispatcher'
import { openEmbeddedLog } from '@rookery/log'
import { openEmbeddedStore } from '@rookery/message-store'
import { createPresence } from '@rookery/presence'
import {
  isWildcardHost,
  type Logger,
  loggerOf,
  Metrics,
  type Readiness,
} from '@rookery/service-kit'
import { diskProbe, lockFolder } from '@rookery/sqlite'
import { AccessTokens } from '@rookery/tokens'
import type { StandaloneConfig } from './config.ts'

export interface Standalone {
  /** The address of the api, such as `http://127.0.0.1:3000`. */
  url: string
  chatPort: number
  close(): Promise<void>
}

/**
 * All four services in one process, on embedded adapters. They communicate through the ports only,
 * like separate processes on the real engines.
 */
export async function startStandalone(
  config: StandaloneConfig,
  logger: Logger,
): Promise<Standalone> {
  const stack: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (let undo = stack.pop(); undo !== undefined; undo = stack.pop()) await undo()
  }
  try {
    return { ...(await start(config, logger, stack)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function start(
  config: StandaloneConfig,
  logger: Logger,
  stack: (() => Promise<void> | void)[],
): Promise<Omit<Standalone, 'close'>> {
  const folder = config.dataFolder
  stack.push(lockFolder(folder))
  const opened = <T extends { close(): Promise<void> }>(one: T): T => {
    stack.push(() => one.close())
    return one
  }
  const log = opened(await openEmbeddedLog({ folder }))
  const store = opened(await openEmbeddedStore({ folder, logEpoch: log.epoch }))
  const accounts = opened(openEmbeddedAccounts(folder))
  const routing = opened(createEmbeddedRouting())
  const bus = opened(createEmbeddedPushBus())
  const board = opened(createEmbeddedPresenceBoard())
  const throttle = opened(createEmbeddedThrottle())
  const world = createCoordinationWorld()
  const coordination = opened(world.open('standalone'))
  const tokens = new AccessTokens({
    secrets: config.jwtSecrets,
    ttlMs: config.api.accessTokenTtlMs,
  })
  const metrics = new Metrics('standalone').collectProcessMetrics()
  const shared = { log, store, accounts, routing, bus, board, throttle, coordination, tokens }
  const of = (service: string): { logger: Logger; metrics: Metrics } => ({
    logger: loggerOf(logger, service),
    metrics,
  })

  const dispatcher = opened(await createDispatcher({ ...shared, ...of('dispatcher') }))
  // A crash may have cost the store its newest rows, which clients were shown. The log has them.
  await dispatcher.caughtUp()
  opened(await createPresence({ ...shared, ...of('presence'), ...config.presence }))
  const readiness: Readiness = new Map<string, () => Promise<void> | boolean>([
    ['disk', diskProbe(folder)],
    ...dispatcher.readiness,
    ['store', async () => void (await store.progress(0))],
    // No account can have this name.
    ['accounts', async () => void (await accounts.find('-'))],
  ])

  const chat = opened(
    createChatServer({ ...shared, ...of('chat-server'), config: config.chat, readiness }),
  )
  const { port: chatPort } = await chat.listen({ host: config.host, port: config.chatPort })
  const serverId = `api-${randomBytes(6).toString('hex')}`
  const api = opened(
    await createApi({ ...shared, ...of('api'), config: config.api, serverId, readiness }),
  )
  const apiPort = await api.listen({ host: config.host, port: config.apiPort })
  const { host: advertised } = config.chat.advertised
  const host = advertised ?? (isWildcardHost(config.host) ? '127.0.0.1' : config.host)
  const shown = host.includes(':') ? `[${host}]` : host
  return { url: `http://${shown}:${apiPort}`, chatPort }
}
