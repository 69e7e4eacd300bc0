import { sharedEngines } from '@rookery/engines'
import { createConnection } from 'mysql2/promise'
import { randomBytes } from 'node:crypto'
import { describeAccounts } from '../testing/index.ts'
import { openMysqlAccounts } from './mysql-accounts.ts'

const { MYSQL_URL } = await sharedEngines(['mariadb'])

describeAccounts('MariaDB', async () => {
  const database = `rookery_test_${randomBytes(6).toString('hex')}`
  const url = new URL(`/${database}`, MYSQL_URL).href
  let accounts = await openMysqlAccounts({ url })
  return {
    accounts,
    reopen: async () => {
      await accounts.close()
      accounts = await openMysqlAccounts({ url })
      return accounts
    },
    tamper: async (sql) => {
      const connection = await createConnection(url)
      try {
        await connection.query(sql)
      } finally {
        await connection.end()
      }
    },
    close: async () => {
      await accounts.close()
      const connection = await createConnection(MYSQL_URL)
      await connection.query(`DROP DATABASE ${database}`)
      await connection.end()
    },
  }
})
