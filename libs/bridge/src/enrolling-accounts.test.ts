import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Accounts, openEmbeddedAccounts } from '@rookery/accounts'
import { lockFolder } from '@rookery/sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Answer } from './bridge.ts'
import { BridgeError } from './bridge-error.ts'
import { enrollingAccounts } from './enrolling-accounts.ts'

const ann = { username: 'ann', displayName: 'Ann', passwordHash: 'h', createdAtMs: 1 }

describe('accounts that enroll', () => {
  let folder: string
  let unlock: () => void
  let plain: Accounts
  let accounts: Accounts
  let answer: () => Answer
  const asked: string[] = []

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rookery-bridge-'))
    unlock = lockFolder(folder)
    plain = openEmbeddedAccounts(folder)
    answer = () => 'done'
    asked.length = 0
    accounts = enrollingAccounts(plain, {
      ask: async (kind, id) => {
        asked.push(`${kind} ${id}`)
        return answer()
      },
    })
  })
  afterEach(async () => {
    await accounts.close()
    unlock()
    rmSync(folder, { recursive: true, force: true })
  })

  it('activates an account once its name is registered', async () => {
    await accounts.create(ann)
    await expect(accounts.activate('ann')).resolves.toBe(true)
    expect(asked).toEqual(['account_enroll ann'])
    await expect(plain.find('ann')).resolves.toMatchObject({ state: 'active' })
  })

  it('keeps an account inactive when its name is refused or there is no answer', async () => {
    await accounts.create(ann)
    answer = () => 'refused'
    await expect(accounts.activate('ann')).resolves.toBe(false)
    answer = () => {
      throw new BridgeError('unavailable', 'no manager')
    }
    await expect(accounts.activate('ann')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(plain.find('ann')).resolves.toMatchObject({ state: 'inactive' })
  })

  it('asks for the quit of a deleted account, and deletes it without the answer', async () => {
    await accounts.create(ann)
    answer = () => {
      throw new BridgeError('unavailable', 'no manager')
    }
    await expect(accounts.delete('ann', 2)).resolves.toEqual([])
    expect(asked).toEqual(['account_quit ann'])
    await expect(plain.find('ann')).resolves.toMatchObject({ state: 'deleted' })
  })
})
