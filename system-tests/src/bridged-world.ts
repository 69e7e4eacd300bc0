import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedAccounts } from '@rookery/accounts'
import { createApi } from '@rookery/api'
import { type Bridge, enrollingAccounts } from '@rookery/bridge'
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
import { createLogger, Metrics } from '@rookery/service-kit'
import { lockFolder } from '@rookery/sqlite'
import { readStandaloneConfig } from '@rookery/standalone'
import { AccessTokens } from '@rookery/tokens'
import type { World } from './world.ts'

const settings = {
  JWT_SECRET: 'a-secret-for-tests-of-at-least-256-bits',
  PASSWORD_HASH_MEMORY_KIB: '19456',
  PASSWORD_HASH_PASSES: '2',
  RATE_LIMIT_REGISTER: '100000/1m',
  LOG_LEVEL: 'error',
}

/** The whole platform in this process on embedded storage, with a bridge to foreign workers. */
export async function startBridgedWorld(
  open: () => Promise<Bridge>,
): Promise<Pick<World, 'url' | 'close'>> {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-world-'))
  const undo: (() => Promise<void> | void)[] = []
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  const opened = <T extends { close(): Promise<void> }>(one: T): T => {
    undo.push(() => one.close())
    return one
  }
  const config = readStandaloneConfig({ ...settings, DATA_DIR: folder })
  const logger = createLogger('world', { level: config.logLevel, destination: process.stderr })
  undo.push(lockFolder(folder))
  const log = opened(await openEmbeddedLog({ folder }))
  const store = opened(await openEmbeddedStore({ folder, logEpoch: log.epoch }))
  const plainAccounts = opened(openEmbeddedAccounts(folder))
  const bridge = opened(await open())
  const accounts = enrollingAccounts(plainAccounts, bridge)
  const tokens = new AccessTokens({
    secrets: config.jwtSecrets,
    ttlMs: config.api.accessTokenTtlMs,
  })
  const ports = {
    log,
    store,
    accounts,
    routing: opened(createEmbeddedRouting()),
    bus: opened(createEmbeddedPushBus()),
    board: opened(createEmbeddedPresenceBoard()),
    throttle: opened(createEmbeddedThrottle()),
    coordination: opened(createCoordinationWorld().open('world')),
    tokens,
    logger,
  }
  const metrics = (): { metrics: Metrics } => ({ metrics: new Metrics('world') })
  opened(await createDispatcher({ ...ports, ...metrics() }))
  opened(
    await createPresence({
      ...ports,
      ...metrics(),
      graceMs: 500,
      bridge: { ...ports, accounts: plainAccounts, bridge },
    }),
  )
  const readiness = new Map()
  const chat = opened(createChatServer({ ...ports, ...metrics(), config: config.chat, readiness }))
  await chat.listen({ host: '127.0.0.1', port: 0 })
  const serverId = `api-${randomBytes(6).toString('hex')}`
  const api = opened(
    await createApi({ ...ports, ...metrics(), config: config.api, serverId, readiness }),
  )
  const port = await api.listen({ host: '127.0.0.1', port: 0 })
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step()
    },
  }
}
