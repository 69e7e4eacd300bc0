import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { sharedEngines } from '@rookery/engines'
import { randomUUID } from 'node:crypto'
import type { PresenceBoard } from '../presence-board.ts'
import type { RouteClaim, Routing } from '../routing.ts'
import { RedisConnection } from './connection.ts'
import { openRedisPresenceBoard, openRedisRouting } from './index.ts'

const { REDIS_URL: url } = await sharedEngines(['redis'])

const claim: RouteClaim = {
  username: 'ann',
  connectionId: 'c1',
  serverId: 'server',
  deviceId: 'd1',
  session: null,
  named: { device: true, session: false },
  heardAtMs: 1_700_000_000_000,
  maxDevices: 1,
  maxSockets: 1,
}
const channel = { channelId: 'channel', partition: 0 }
const head = (seq: number): { channelId: string; epoch: number; seq: number } => ({
  channelId: 'channel',
  epoch: 1,
  seq,
})

describe('a directory on a Redis with garbage in it', () => {
  let connection: RedisConnection
  let routing: Routing
  let board: PresenceBoard
  beforeEach(async () => {
    const options = { url, keyPrefix: `{${randomUUID()}}:` }
    connection = await RedisConnection.open(options)
    routing = await openRedisRouting(options)
    board = await openRedisPresenceBoard(options)
  })
  afterEach(async () => {
    await Promise.all([routing.close(), board.close()])
    connection.close()
  })
  const put = (key: string, value: string): Promise<unknown> =>
    connection.client.set(connection.key(key), value)
  const putHash = (key: string, field: string, value: string): Promise<unknown> =>
    connection.client.hset(connection.key(key), field, value)

  it.each([
    ['text for a head', 'head:channel', 'garbage'],
    ['half a head', 'head:channel', '1:x'],
    ['text for the interest', 'interest:channel', 'garbage'],
    ['text for the servers', 'servers', 'garbage'],
    ['text for the freshness', 'fresh:0', 'garbage'],
    ['a freshness that never ends', 'fresh:0', '999999999'],
    ['text for a stamp', 'forgotten:server', 'garbage'],
    ['a stamp of the future', 'forgotten:server', '99999999999999999'],
    ['text for routes', 'routes:ann', 'garbage'],
  ])('moves heads and returns their audience despite %s', async (_garbage, key, value) => {
    await put(key, value)
    await routing.renewServer('server')
    const before = (await routing.addInterest('server', [channel])).get('channel')
    expect(before).toEqual({ head: null, fresh: false })
    expect((await routing.claimRoute(claim)).ok).toBe(true)
    const step = { partition: 0, generation: 7, fresh: true }
    const audience = await routing.advance({ ...step, heads: [head(3)], changedUsers: ['ann'] })
    expect(audience.interested.get('channel')).toEqual(['server'])
    expect(audience.routes.get('ann')).toMatchObject([{ connectionId: 'c1' }])
    const after = (await routing.addInterest('server', [channel])).get('channel')
    expect(after).toEqual({ head: { epoch: 1, seq: 3 }, fresh: true })
  })

  it.each(['garbage', '1 2 3 garbage', '1 2 3 null', '1 2 3 [null,7]'])(
    'drops a stored route that reads "%s"',
    async (packed) => {
      await putHash('routes:ann', 'c0', packed)
      await putHash('routes:ann', 'c1', packed)
      await routing.renewServer('server')
      await routing.renewRoutes([claim])
      const routes = (await routing.routesOf(['ann'])).get('ann')
      expect(routes?.map(({ connectionId }) => connectionId)).toEqual(['c1'])
      expect((await routing.claimRoute(claim)).ok).toBe(true)
    },
  )

  it('lets a server correct an invalid head', async () => {
    await put('head:channel', 'garbage')
    await routing.correctHead('channel', null, { epoch: 1, seq: 5 })
    const views = await routing.addInterest('server', [channel])
    expect(views.get('channel')?.head).toEqual({ epoch: 1, seq: 5 })
  })

  it('returns versions despite a version key of a wrong type', async () => {
    await connection.client.lpush(connection.key('version:ann'), 'garbage')
    expect((await routing.versions(['ann'])).get('ann')).toBeNull()
    await routing.advance({
      partition: 0,
      generation: 1,
      fresh: true,
      heads: [],
      changedUsers: ['ann'],
    })
    expect((await routing.versions(['ann'])).get('ann')).toEqual(expect.any(String))
  })

  it('serves presence despite garbage in its keys', async () => {
    for (const key of ['report:ann', 'seen:ann', 'shown:ann', 'choice:ann', 'watched:ann'])
      await put(key, 'garbage')
    await putHash('choice:bob', 'at', 'garbage')
    await putHash('choice:bob', 'json', 'garbage')
    await connection.client.zadd(connection.key('reports'), 1, 'garbage')
    const names = ['ann', 'bob']
    expect((await board.facts(names)).get('bob')?.choice).toBeNull()
    await board.watch('server', names, true)
    await board.report(
      'server',
      names.map((username) => ({ username, connected: true, atMs: 1_700_000_000_000 })),
    )
    for (const username of names)
      await board.choose(username, { status: 'away', text: null, atMs: 1_700_000_000_000 })
    expect((await board.takeChanged(10)).sort()).toEqual(names)
    const facts = await board.facts(names)
    for (const username of names)
      expect(facts.get(username)).toMatchObject({ connected: true, choice: { status: 'away' } })
    expect((await board.read(['ann'])).get('ann')).toMatchObject({ status: 'offline' })
    expect((await board.watchers(['ann'])).get('ann')).toEqual(['server'])
  })
})
