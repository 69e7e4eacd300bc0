import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '@rookery/service-kit'
import { readStandaloneConfig, startStandalone } from '@rookery/standalone'
import { granted, logIn, type LoggedIn, sessionOf, password } from './rest.ts'

/** A platform to test against. */
export interface World {
  /** The URL of the first api. */
  url: string
  /** The URLs of all apis. */
  apis: readonly string[]
  /** The URL of each chat server. */
  sockets: readonly string[]
  /** All lines that its processes have logged so far. */
  logged(): string[]
  /** The folder that holds its data. */
  folder: string
  close(): Promise<void>
}

/** A world that was started before the tests, as JSON in ROOKERY_WORLD. */
interface Given {
  apis: string[]
  sockets: string[]
  logFile: string
  folder: string
}

/**
 * The key with which every world signs its tokens, and the key before it, which is accepted, too,
 * as during a change of keys.
 */
export const worldKeys = {
  current: 'a-secret-for-tests-of-at-least-256-bits',
  previous: 'the-secret-before-it-of-at-least-256-bits',
} as const
/** The admin of every world. */
const adminName = 'world-admin'
/**
 * For tests of the edge: the origin of pages that may open sockets, the address of a trusted proxy,
 * and the limit of unauthenticated sockets of one address.
 */
export const edge = {
  origin: 'https://app.example',
  proxy: '127.0.0.7',
  strangers: 300,
} as const

/**
 * The settings of every world. scripts/lib/against-clusters.mjs starts its cluster with them, too.
 */
export const worldSettings: Readonly<Record<string, string>> = {
  JWT_SECRET: worldKeys.current,
  JWT_PREVIOUS_SECRET: worldKeys.previous,
  PASSWORD_HASH_MEMORY_KIB: '19456',
  PASSWORD_HASH_PASSES: '2',
  RATE_LIMIT_REGISTER: '100000/1m',
  RATE_LIMIT_LOGIN_ADDRESS: '100000/1m',
  ADMIN_USERNAMES: adminName,
  ALLOWED_ORIGINS: edge.origin,
  TRUSTED_PROXIES: edge.proxy,
  MAX_UNAUTHENTICATED_SOCKETS: String(edge.strangers),
}

/**
 * Starts the whole platform in this process, on embedded storage in a new folder. With
 * ROOKERY_WORLD it takes the platform named there, with the settings of its start, so that the same
 * tests run against a cluster.
 */
export async function startWorld(settings: Record<string, string> = {}): Promise<World> {
  const given = process.env['ROOKERY_WORLD']
  if (given !== undefined) return givenWorld(JSON.parse(given) as Given)
  return startEmbeddedWorld(settings)
}

/** Starts the platform in this process even with ROOKERY_WORLD, for tests of its files. */
export async function startEmbeddedWorld(settings: Record<string, string> = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-world-'))
  const config = readStandaloneConfig({
    API_PORT: '0',
    CHAT_PORT: '0',
    LOG_LEVEL: 'error',
    ...worldSettings,
    DATA_DIR: folder,
    ...settings,
  })
  const lines: string[] = []
  const logger = createLogger('world', {
    level: config.logLevel,
    destination: {
      write: (line) => {
        lines.push(line.trimEnd())
        if (/"level":"(error|fatal)"/.test(line)) process.stderr.write(line)
      },
    },
  })
  const rookery = await startStandalone(config, logger)
  return {
    url: rookery.url,
    apis: [rookery.url],
    sockets: [`ws://127.0.0.1:${rookery.chatPort}`],
    logged: () => [...lines],
    folder,
    close: async () => {
      await rookery.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function givenWorld({ apis, sockets, logFile, folder }: Given): World {
  return {
    url: apis[0] ?? '',
    apis,
    sockets,
    logged: () => readFileSync(logFile, 'utf8').split('\n').slice(0, -1),
    folder,
    close: async () => undefined,
  }
}

/** Registers the admin of this world, or logs the admin in if another test registered it. */
export async function admin(world: World): Promise<LoggedIn> {
  const asked = { body: { username: adminName, password } }
  const made = await granted(world.url, '/auth/register', asked).catch(() => null)
  return made === null ? logIn(world.url, adminName) : sessionOf(adminName, made)
}
