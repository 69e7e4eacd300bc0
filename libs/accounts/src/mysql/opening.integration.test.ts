import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals'
import { startEngines } from '@rookery/engines'
import { createConnection } from 'mysql2/promise'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Accounts } from '../accounts.ts'
import { schemaLockOf } from './migrate.ts'
import { openMysqlAccounts } from './mysql-accounts.ts'
import { schema } from './schema.ts'

jest.setTimeout(60_000)

const engines = await startEngines({ which: ['mariadb'] })
const urlOf = (database: string): string =>
  new URL(`/${database}`, engines.variables.MYSQL_URL).href
const ann = { username: 'ann', displayName: 'Ann', passwordHash: 'h', createdAtMs: 1 }
const unavailable = { code: 'unavailable', retryable: true }

/** The time until the work fails with `unavailable`. */
async function durationOf(work: Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await expect(work).rejects.toMatchObject(unavailable)
  return performance.now() - begun
}
async function change(database: string, sql: string): Promise<void> {
  const connection = await createConnection(urlOf(database))
  await connection.query(sql)
  await connection.end()
}

describe('accounts on MariaDB', () => {
  const opened: Accounts[] = []
  const open = async (url: string): Promise<Accounts> => {
    const accounts = await openMysqlAccounts({ url })
    opened.push(accounts)
    return accounts
  }
  // After a failed test, open connections would keep the process alive.
  afterEach(async () => {
    engines.thaw('mariadb')
    await Promise.all(opened.splice(0).map((accounts) => accounts.close()))
  })
  afterAll(() => engines.stop())

  it('creates the database and its tables once, though ten processes open it concurrently', async () => {
    const url = urlOf('empty')
    const all = await Promise.all(Array.from({ length: 10 }, () => open(url)))
    const outcomes = await Promise.all(all.map((accounts) => accounts.create(ann)))
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1)
  })

  it('finishes an interrupted migration', async () => {
    const url = urlOf('cut_off')
    await open(url)
    await change('cut_off', 'DROP TABLE audit')
    await change('cut_off', 'DELETE FROM schema_version')
    const accounts = await open(url)
    expect(await accounts.listAudit({ limit: 1 })).toEqual([])
  })

  it('waits while another process migrates the database', async () => {
    const url = urlOf('locked')
    await open(url)
    const other = await createConnection(url)
    await other.query('DO GET_LOCK(?, 0)', [schemaLockOf('locked')])
    let done = false
    const opening = open(url).then(() => (done = true))
    await sleep(300)
    expect(done).toBe(false)
    await other.end()
    await opening
  })

  it('notices the reuse of a token after it came together with its successor', async () => {
    const accounts = await open(urlOf('empty'))
    const lifetime = { nowMs: 2, idleMs: 1_000, absoluteMs: 1_000 }
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { refreshToken: first } = await accounts.startFamily({ username: 'eve', atMs: 1 })
        const rotation = await accounts.rotate(first, lifetime)
        const second = rotation.outcome === 'rotated' ? rotation.refreshToken : ''
        await Promise.all([accounts.rotate(first, lifetime), accounts.rotate(second, lifetime)])
        return (await accounts.rotate(first, lifetime)).outcome
      }),
    )
    expect(outcomes.filter((outcome) => outcome !== 'reuse' && outcome !== 'ended')).toEqual([])
  })

  it('refuses a database of a newer release', async () => {
    const url = urlOf('newer')
    await open(url)
    await change('newer', `UPDATE schema_version SET version = ${schema.length + 1}`)
    const opening = open(url)
    await expect(opening).rejects.toMatchObject({ code: 'mismatch', retryable: false })
    await expect(opening).rejects.toThrow(/start the newer release/)
  })

  it('rejects with unavailable without a server, and with denied for a wrong password', async () => {
    const nobody = open('mysql://root@127.0.0.1:1/x')
    await expect(nobody).rejects.toMatchObject(unavailable)
    const refused = urlOf('empty').replace('root@', 'root:wrong@')
    await expect(open(refused)).rejects.toMatchObject({
      code: 'denied',
      retryable: false,
      message: expect.stringMatching(/check the name, password and rights/),
    })
  })

  describe('while the server is away', () => {
    const openAway = (): Promise<Accounts> => open(urlOf('away'))
    const untilBack = async (accounts: Accounts): Promise<void> => {
      for (;;) {
        const found = await accounts.find('ann').catch(() => undefined)
        if (found !== undefined) return
      }
    }

    it('rejects within 2 s while MariaDB is killed, and works again when it is back', async () => {
      const accounts = await openAway()
      await accounts.create(ann)
      await engines.kill('mariadb')
      expect(await durationOf(accounts.find('ann'))).toBeLessThan(2_000)
      await engines.restart('mariadb')
      await untilBack(accounts)
      expect(await accounts.find('ann')).toMatchObject({ username: 'ann' })
    })

    it('rejects 40 calls within 2 s while MariaDB is frozen, and works again afterwards', async () => {
      const accounts = await openAway()
      await accounts.create(ann)
      engines.freeze('mariadb')
      const durations = await Promise.all(
        Array.from({ length: 40 }, () => durationOf(accounts.find('ann'))),
      )
      expect(Math.max(...durations)).toBeLessThan(2_000)
      engines.thaw('mariadb')
      await untilBack(accounts)
    })
  })
})
