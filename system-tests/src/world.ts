import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '@rookery/service-kit'
import { readStandaloneConfig, startStandalone } from '@rookery/standalone'

/** A platform to test against: its api's address. */
export interface World {
  url: string
  close(): Promise<void>
}

const quick = {
  API_PORT: '0',
  CHAT_PORT: '0',
  JWT_SECRET: 'a-secret-for-tests-of-at-least-256-bits',
  PASSWORD_HASH_MEMORY_KIB: '19456',
  PASSWORD_HASH_PASSES: '2',
  RATE_LIMIT_REGISTER: '100000/1m',
  RATE_LIMIT_LOGIN_ADDRESS: '100000/1m',
  LOG_LEVEL: 'error',
}

/**
 * The whole platform in this process, on embedded storage in a folder of its own. Or the one that ROOKERY_WORLD_URL names, with the
 * settings that it was started with: the same tests then run against a cluster.
 */
export async function startWorld(settings: Record<string, string> = {}): Promise<World> {
  const url = process.env['ROOKERY_WORLD_URL']
  if (url !== undefined) return { url, close: async () => undefined }
  const folder = mkdtempSync(join(tmpdir(), 'rookery-world-'))
  const config = readStandaloneConfig({ ...quick, DATA_DIR: folder, ...settings })
  const logger = createLogger('world', { level: config.logLevel, destination: process.stderr })
  const rookery = await startStandalone(config, logger)
  return {
    url: rookery.url,
    close: async () => {
      await rookery.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
