import { describe, expect, it } from '@jest/globals'
import { configHelp, readConfig } from '@rookery/service-kit'
import { z } from 'zod'
import { apiVariables, toApiConfig } from './config.ts'

const schema = z.object(apiVariables)

describe('the settings of the api', () => {
  it('gives the settings of the api safe defaults', () => {
    const config = toApiConfig(readConfig(schema, {}))
    expect(config).toMatchObject({
      accessTokenTtlMs: 900_000,
      refreshIdleMs: 30 * 86_400_000,
      refreshAbsoluteMs: 180 * 86_400_000,
      trustedProxies: [],
      rates: { logInPerAccountAndAddress: { points: 10, windowMs: 300_000 } },
    })
    expect(config.adminUsernames.size).toBe(0)
    expect(config.passwordHash.memoryKib).toBeGreaterThanOrEqual(19_456)
  })

  it('reads ADMIN_USERNAMES in any case', () => {
    const config = toApiConfig(readConfig(schema, { ADMIN_USERNAMES: 'Root, ann' }))
    expect([...config.adminUsernames]).toEqual(['root', 'ann'])
  })

  it.each([
    { ACCESS_TOKEN_TTL: '16m' },
    { PASSWORD_HASH_MEMORY_KIB: '1024' },
    { PASSWORD_HASH_PASSES: '1' },
    { RATE_LIMIT_LOGIN: '10' },
    { ADMIN_USERNAMES: 'root, not a name' },
    { RATE_LIMIT_LOGINS: '10/1m' },
  ])('refuses the setting %j', (env) => {
    expect(() => readConfig(schema, env)).toThrow(Object.keys(env)[0])
  })

  it('explains every setting of the api', () => {
    const help = configHelp('api', schema)
    expect(help).not.toMatch(/undefined/)
    expect(schema.keyof().options.filter((name) => !help.includes(`  ${name}\n      `))).toEqual([])
  })
})
