import { describe, expect, it } from '@jest/globals'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import {
  envBoolean,
  envDurationMs,
  envHost,
  envKey,
  envInteger,
  envList,
  envOrigins,
  envPort,
  envRate,
} from './config-types.ts'
import { configHelp } from './config-variables.ts'
import { readConfig } from './config.ts'

const schema = z.object({
  PORT: envPort().prefault('3000').meta({ description: 'Where to listen.' }),
  ACCESS_TOKEN_TTL: envDurationMs(1_000, 900_000)
    .prefault('15m')
    .meta({ description: 'How long an access token lives.' }),
  ADMIN_USERNAMES: envList().prefault('').meta({ description: 'Admins.' }),
  TRUST: envBoolean().prefault('false').meta({ description: 'Trust.' }),
  JWT_SECRET: z.string().meta({ description: 'The key.', secret: true }),
  JWT_OLD: z.string().meta({ description: 'The old key.', secret: true }).optional(),
})
const good = { JWT_SECRET: 's' }
const read = (env: Record<string, string>) => readConfig(schema, { ...good, ...env })
const refusal = (env: Record<string, string | undefined>) => {
  try {
    readConfig(schema, env)
  } catch (error) {
    return (error as Error).message
  }
  return 'accepted'
}
const fileWith = (text: string) => {
  const file = join(mkdtempSync(join(tmpdir(), 'rookery-config-')), 'secret')
  writeFileSync(file, text)
  return file
}

describe('readConfig', () => {
  it('returns settings as frozen, typed values with defaults', () => {
    const config = read({ PORT: '0', ADMIN_USERNAMES: ' ann, bob,', TRUST: 'true', PATH: '/bin' })
    expect(config).toEqual({
      PORT: 0,
      ACCESS_TOKEN_TTL: 900_000,
      ADMIN_USERNAMES: ['ann', 'bob'],
      TRUST: true,
      JWT_SECRET: 's',
    })
    expect(Object.isFrozen(config) && Object.isFrozen(config.ADMIN_USERNAMES)).toBe(true)
  })

  it('counts an empty variable as not set', () => {
    expect(read({ PORT: '' }).PORT).toBe(3000)
    expect(refusal({ JWT_SECRET: '' })).toBe('JWT_SECRET: is required')
  })

  it.each([
    [{ PORT: '65536' }, 'PORT: must be a whole number from 0 to 65535'],
    [{ PORT: '1e3' }, 'PORT: must be a whole number from 0 to 65535'],
    [{ PORT: '-1' }, 'PORT: must be a whole number from 0 to 65535'],
    [
      { ACCESS_TOKEN_TTL: 'soon' },
      'ACCESS_TOKEN_TTL: must be a duration such as 250ms, 30s, 15m, 12h or 30d',
    ],
    [{ ACCESS_TOKEN_TTL: '16m' }, 'ACCESS_TOKEN_TTL: must be from 1000 to 900000 ms'],
    [{ TRUST: 'yes' }, 'TRUST: must be true or false'],
    [
      { ACCESS_TOKEN_TTLS: '1m' },
      'ACCESS_TOKEN_TTLS: no such setting: correct its name (see --help) or remove it',
    ],
    [
      { RATE_LIMIT_X: '1' },
      'RATE_LIMIT_X: no such setting: correct its name (see --help) or remove it',
    ],
  ])('refuses %j in one line that names the variable', (env, message) => {
    expect(refusal({ ...good, ...env })).toBe(message)
  })

  it('ignores variables that other services are known to use', () => {
    const options = { alsoKnown: ['RATE_LIMIT_X'] }
    expect(readConfig(schema, { ...good, RATE_LIMIT_X: '1' }, options).PORT).toBe(3000)
  })

  it('reads a secret from its file', () => {
    const file = fileWith('from the file\n')
    expect(readConfig(schema, { JWT_SECRET_FILE: file }).JWT_SECRET).toBe('from the file')
    expect(read({ JWT_OLD_FILE: file }).JWT_OLD).toBe('from the file')
    expect(refusal({ JWT_SECRET: 's', JWT_SECRET_FILE: file })).toBe(
      'JWT_SECRET_FILE: is set together with JWT_SECRET: set one of the two',
    )
    expect(refusal({ JWT_SECRET_FILE: '/nowhere' })).toBe(
      'JWT_SECRET_FILE: cannot read the file /nowhere',
    )
    const empty = fileWith('\n')
    expect(refusal({ JWT_SECRET_FILE: empty })).toBe(`JWT_SECRET_FILE: the file ${empty} is empty`)
  })

  it('names the variable or the file that holds a wrong secret', () => {
    const keys = z.object({ KEY: envKey().meta({ secret: true }) })
    const why = (env: Record<string, string>) => {
      try {
        return readConfig(keys, env).KEY
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(why({ KEY: 'x'.repeat(31) })).toBe('KEY: needs at least 32 bytes')
    expect(why({ KEY_FILE: fileWith('short') })).toBe('KEY_FILE: needs at least 32 bytes')
    expect(why({ KEY_FILE: fileWith('é'.repeat(16)) })).toBe('é'.repeat(16))
  })

  it('throws a ConfigError that names the missing variable', () => {
    expect(() => readConfig(schema, {})).toThrow(
      expect.objectContaining({ code: 'invalid_variable', variable: 'JWT_SECRET' }),
    )
  })
})

describe('configHelp', () => {
  it('prints each variable with its description and default', () => {
    expect(configHelp('Rookery api', schema)).toBe(`Rookery api

Settings, from environment variables:
  PORT
      Where to listen. (default: 3000)
  ACCESS_TOKEN_TTL
      How long an access token lives. (default: 15m)
  ADMIN_USERNAMES
      Admins.
  TRUST
      Trust. (default: false)
  JWT_SECRET or JWT_SECRET_FILE
      The key. (required)
  JWT_OLD or JWT_OLD_FILE
      The old key.
`)
  })
})

describe('envInteger', () => {
  it('accepts whole numbers from the lower to the upper bound only', () => {
    const values = ['4', '5', '9', '10', '5.0', ' 5', '']
    expect(values.filter((text) => envInteger(5, 9).safeParse(text).success)).toEqual(['5', '9'])
  })
})

describe('envRate', () => {
  it('accepts a rate of points and a time, and nothing else', () => {
    expect(envRate().parse('10/5m')).toEqual({ points: 10, windowMs: 300_000 })
    const wrong = ['10', '10/', '/5m', '0/5m', '10/0s', '10/5m/1', 'a/b', '']
    expect(wrong.filter((text) => envRate().safeParse(text).success)).toEqual([])
  })
})

describe('envHost', () => {
  it('accepts a host name or an IP address, and nothing else', () => {
    const right = ['localhost', 'chat-1.example.com', 'chat_server', '0.0.0.0', '::', 'fd00::1']
    const wrong = ['http://chat', 'chat:3001', '[::1]', 'chat/', 'a b', 'a..b', '']
    expect([...right, ...wrong].filter((text) => envHost().safeParse(text).success)).toEqual(right)
  })
})

describe('envOrigins', () => {
  it('accepts origins as browsers send them, and nothing else', () => {
    const right = ['https://a.example', 'http://[::1]:8080', 'capacitor://localhost', 'a://b,c://d']
    const wrong = ['a.example', 'https://a.example/', 'https://A.example', 'https://', '*']
    expect([...right, ...wrong].filter((text) => envOrigins().safeParse(text).success)).toEqual(
      right,
    )
  })
})
