import { expect, it } from '@jest/globals'
import { openMysqlAccounts } from '@rookery/accounts/mysql'
import { PresenceFeed } from '@rookery/chat-server'
import { openRedisPresenceBoard } from '@rookery/directory/redis'
import { sharedEngines } from '@rookery/engines'
import { createLogger } from '@rookery/service-kit'
import { randomBytes } from 'node:crypto'

it('an invisible user stays invisible from the first report after Redis lost its data', async () => {
  const { REDIS_URL: url, MYSQL_URL } = await sharedEngines(['redis', 'mariadb'])
  const suffix = randomBytes(5).toString('hex')
  const accounts = await openMysqlAccounts({
    url: new URL(`/rookery_test_${suffix}`, MYSQL_URL).href,
  })
  const bob = { username: 'bob' }
  await accounts.create({ ...bob, displayName: 'Bob', passwordHash: 'h', createdAtMs: 1 })
  await accounts.activate('bob')
  const hidden = { status: 'invisible', text: 'hiding', atMs: Date.now() } as const
  const users = { get: () => bob, all: () => [bob] }
  const logger = createLogger('chat-server', { level: 'silent' })

  const before = await openRedisPresenceBoard({ url, keyPrefix: `{before-${suffix}}` })
  await new PresenceFeed({ serverId: 's', users, board: before, accounts, logger }).choose(
    'bob',
    hidden,
  )
  // `choose` does not wait until the accounts have the choice.
  while ((await accounts.statusesOf(['bob'])).size === 0)
    await new Promise((resolve) => setTimeout(resolve, 10))
  await before.close()

  // Another key prefix stands for an empty Redis.
  const after = await openRedisPresenceBoard({ url, keyPrefix: `{after-${suffix}}` })
  const feed = new PresenceFeed({ serverId: 's', users, board: after, accounts, logger })
  let known: Promise<unknown> | null = null
  const report = after.report.bind(after)
  after.report = (...reported) => {
    known ??= after.choices(['bob'])
    return report(...reported)
  }
  await feed.refresh()
  await expect(known).resolves.toEqual(new Map([['bob', hidden]]))
  expect((await after.facts(['bob'])).get('bob')).toMatchObject({ connected: true, choice: hidden })
  await after.close()
  await accounts.close()
}, 60_000)
