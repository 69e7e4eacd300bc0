import { beforeEach, describe, expect, it } from '@jest/globals'
import { chmodSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secretFile } from './secret-file.ts'

let folder: string
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'rookery-secret-')), 'secrets')
})

describe('secretFile', () => {
  it('creates a secret of 256 random bits once, readable by the owner only', () => {
    const path = join(folder, 'jwt.txt')
    const secret = secretFile(path)
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(secretFile(path)).toBe(secret)
    expect(readdirSync(folder)).toEqual(['jwt.txt'])
    expect(secretFile(join(folder, 'other.txt'))).not.toBe(secret)
  })

  it('removes the rights of others from a secret file', () => {
    const path = join(folder, 'jwt.txt')
    const secret = secretFile(path)
    chmodSync(path, 0o644)
    expect(secretFile(path)).toBe(secret)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['', 'is empty'],
    [' \n', 'is empty'],
    ['x'.repeat(31), 'holds too short a secret'],
  ])('refuses a secret file that holds %j', (text, problem) => {
    secretFile(join(folder, 'other'))
    const path = join(folder, 'short')
    writeFileSync(path, text)
    expect(() => secretFile(path)).toThrow(
      expect.objectContaining({
        code: 'invalid_secret_file',
        message: expect.stringContaining(`${path} ${problem}`),
      }),
    )
  })

  it('names a secret file that can be neither read nor created', () => {
    secretFile(join(folder, 'file'))
    expect(() => secretFile(folder)).toThrow(/cannot be read/)
    expect(() => secretFile(join(folder, 'file', 'x'))).toThrow(/cannot be (read|created)/)
  })
})
