import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { readConfig } from './config.ts'

describe('readConfig', () => {
  it('has a default for every option', () => {
    expect(readConfig([], {})).toEqual({ server: 'http://127.0.0.1:3000', json: false })
  })

  it('accepts a user, a room and options in any order', () => {
    const argv = ['--json', 'ada', '--server', 'https://chat.example', 'lobby']
    expect(readConfig(argv, {})).toEqual({
      username: 'ada',
      room: 'lobby',
      server: 'https://chat.example',
      json: true,
    })
  })

  it('reads the server and the password from the environment', () => {
    const env = { ROOKERY_URL: 'http://other:1', ROOKERY_PASSWORD: 'secret' }
    expect(readConfig([], env)).toMatchObject({ server: 'http://other:1', password: 'secret' })
  })

  it('prefers the password file and reads its first line', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rookery-client-'))
    const file = join(folder, 'password')
    writeFileSync(file, ' with spaces \r\nsecond\n')
    const config = readConfig(['--password-file', file], { ROOKERY_PASSWORD: 'other' })
    expect(config.password).toBe(' with spaces ')
    rmSync(folder, { recursive: true })
  })

  it('reports input that it cannot use', () => {
    expect(() => readConfig([], { ROOKERY_URL: 'nonsense' })).toThrow('ROOKERY_URL')
    expect(() => readConfig(['--password-file', '/nowhere/at/all'], {})).toThrow('/nowhere/at/all')
  })
})
