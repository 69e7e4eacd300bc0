import { expect } from '@jest/globals'
import { type Accounts, openEmbeddedAccounts } from '@rookery/accounts'
import { type Coordination, createCoordinationWorld } from '@rookery/coordination'
import {
  createEmbeddedPresenceBoard,
  createEmbeddedPushBus,
  createEmbeddedRouting,
  createEmbeddedThrottle,
  type PresenceBoard,
  type PushBus,
  type Routing,
} from '@rookery/directory'
import { chatServersGroup, decodePushes, type Push } from '@rookery/domain'
import { type MessageLog, openEmbeddedLog } from '@rookery/log'
import { type MessageStore, openEmbeddedStore } from '@rookery/message-store'
import type { AuthAnswer, ErrorCode, RestError } from '@rookery/protocol'
import { createLogger, Metrics } from '@rookery/service-kit'
import { AccessTokens } from '@rookery/tokens'
import type { InjectOptions } from 'fastify'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type Api, createApi } from '../api.ts'
import { apiVariables, toApiConfig } from '../config.ts'

export interface Answer<Body> {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Body
}

/** The ports that a dispatcher needs to work for the api. */
export interface TestPorts {
  readonly log: MessageLog
  readonly store: MessageStore
  readonly routing: Routing
  readonly bus: PushBus
  readonly board: PresenceBoard
}

/** An api on the embedded adapters with one registered chat server, observable by tests. */
export interface TestApi {
  readonly api: Api
  readonly accounts: Accounts
  readonly coordination: Coordination
  readonly ports: TestPorts
  readonly tokens: AccessTokens
  /** The pushes that the chat server received. */
  readonly pushed: Push[]
  readonly logged: string[]
  call<Body = RestError>(
    call: string,
    options?: {
      body?: unknown
      token?: string
      headers?: Record<string, string>
      address?: string
    },
  ): Promise<Answer<Body>>
  register(username: string, password?: string): Promise<AuthAnswer>
  /** The access token of a new user who has no password: much faster than registering. */
  enrol(username: string): Promise<string>
  close(): Promise<void>
}

/** The pattern of an answer that refuses. */
export const refused = (
  status: number,
  code: ErrorCode,
): { status: number; body: { error: unknown } } => ({
  status,
  body: { error: expect.objectContaining({ code }) },
})

export const password = 'correct horse battery'

const cheap = {
  PASSWORD_HASH_MEMORY_KIB: '19456',
  PASSWORD_HASH_PASSES: '2',
  ADMIN_USERNAMES: 'root',
}

const oneServer = { id: 'chat-1', host: '127.0.0.1', port: 3001, sockets: 0, draining: false }

export async function openTestApi(
  env: Record<string, string> = {},
  chatServers: readonly { id: string }[] = [oneServer],
): Promise<TestApi> {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-api-'))
  const config = toApiConfig(z.object(apiVariables).parse({ ...cheap, ...env }))
  const logged: string[] = []
  const logger = createLogger('api', { destination: { write: (line) => void logged.push(line) } })
  const accounts = openEmbeddedAccounts(folder)
  const coordination = createCoordinationWorld().open('test')
  const routing = createEmbeddedRouting()
  const bus = createEmbeddedPushBus()
  const board = createEmbeddedPresenceBoard()
  const log = await openEmbeddedLog({ folder })
  const store = await openEmbeddedStore({ folder, logEpoch: log.epoch })
  const throttle = createEmbeddedThrottle()
  const tokens = new AccessTokens({
    secrets: [randomBytes(32).toString('base64url')],
    ttlMs: config.accessTokenTtlMs,
  })
  const pushed: Push[] = []
  await bus.subscribe('chat-1', (batch) => void pushed.push(...decodePushes(batch)))
  await routing.renewServer('chat-1')
  for (const server of chatServers) {
    await coordination.join(chatServersGroup, server.id, JSON.stringify(server))
  }
  const api = await createApi({
    config,
    logger,
    metrics: new Metrics('api'),
    readiness: new Map([['accounts', () => true]]),
    tokens,
    accounts,
    coordination,
    routing,
    bus,
    throttle,
    board,
    log,
    store,
    serverId: 'api-1',
  })
  const test: TestApi = {
    api,
    accounts,
    coordination,
    ports: { log, store, routing, bus, board },
    tokens,
    pushed,
    logged,
    call: async (call, { body, token, headers = {}, address } = {}) => {
      const [method = '', url = ''] = call.split(' ')
      const request: InjectOptions = {
        method: method as 'GET',
        url,
        headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
        ...(address !== undefined && { remoteAddress: address }),
        ...(body !== undefined && { payload: body as object }),
      }
      const answer = await api.app.inject(request)
      // Pushes that the request caused arrive after this turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve))
      const text = answer.body
      const parsed: unknown =
        text !== '' && /json/.test(String(answer.headers['content-type'])) ? JSON.parse(text) : text
      return { status: answer.statusCode, headers: answer.headers, body: parsed as never }
    },
    register: async (username, chosen = password) => {
      const answer = await test.call<AuthAnswer>('POST /auth/register', {
        body: { username, password: chosen },
      })
      if (answer.status !== 201) throw new Error(`not registered: ${JSON.stringify(answer.body)}`)
      return answer.body
    },
    enrol: async (username) => {
      const displayName = username
      await accounts.create({ username, displayName, passwordHash: '', createdAtMs: Date.now() })
      await accounts.activate(username)
      const { familyId } = await accounts.startFamily({ username, atMs: Date.now() })
      return tokens.issue({ username, displayName, familyId, admin: false }).token
    },
    close: async () => {
      await api.close()
      for (const port of [accounts, coordination, routing, bus, board, throttle, store, log]) {
        await port.close()
      }
      rmSync(folder, { recursive: true })
    },
  }
  return test
}
