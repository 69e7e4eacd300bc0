import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { sharedEngines } from '@rookery/engines'
import { randomUUID } from 'node:crypto'
import type { PresenceBoard } from '../presence-board.ts'
import type { RouteClaim, Routing } from '../routing.ts'
import { openRedisPresenceBoard, openRedisRouting } from './index.ts'

const { REDIS_URL: url } = await sharedEngines(['redis'])

function claimOf(connectionId: string): RouteClaim {
  return {
    username: 'ann',
    connectionId,
    serverId: 'server',
    deviceId: connectionId,
    session: null,
    named: { device: true, session: false },
    heardAtMs: 1_700_000_000_000,
    maxDevices: 1,
    maxSockets: 1,
  }
}

describe('a directory on Redis', () => {
  let routing: Routing
  let board: PresenceBoard
  beforeEach(async () => {
    const options = { url, keyPrefix: `{${randomUUID()}}:` }
    routing = await openRedisRouting(options)
    board = await openRedisPresenceBoard(options)
  })
  afterEach(async () => {
    await Promise.all([routing.close(), board.close()])
  })

  it('drops the interest and routes of a forgotten server for good, also if it comes back', async () => {
    await routing.renewServer('server')
    await routing.addInterest('server', [{ channelId: 'channel', partition: 0 }])
    await routing.claimRoute(claimOf('old'))
    await routing.forgetServer('server')
    await routing.renewServer('server')
    expect(await routing.interested('channel')).toEqual([])
    expect((await routing.claimRoute(claimOf('new'))).ok).toBe(true)
    const routes = (await routing.routesOf(['ann'])).get('ann') ?? []
    expect(routes.map((route) => route.connectionId)).toEqual(['new'])
  })

  it('counts a socket that connects to a server after the server began to drain', async () => {
    await routing.claimRoute(claimOf('before'))
    await routing.drainRoutes('server')
    expect((await routing.claimRoute(claimOf('after'))).ok).toBe(true)
    expect(await routing.claimRoute(claimOf('one more'))).toMatchObject({
      ok: false,
      counted: [{ connectionId: 'after' }],
    })
  })

  it('accepts more channels, routes and users than fit into one step', async () => {
    const ids = Array.from({ length: 2_500 }, (_, i) => `id-${i}`)
    await routing.renewServer('server')
    const channels = ids.map((channelId) => ({ channelId, partition: 0 }))
    expect((await routing.addInterest('server', channels)).size).toBe(2_500)
    await routing.renewRoutes(ids.map((id) => ({ ...claimOf(id), username: id })))
    const routes = await routing.routesOf(ids)
    expect(ids.every((id) => routes.get(id)?.[0]?.connectionId === id)).toBe(true)
    await board.watch('server', ['dropped', ...ids], true)
    await board.watch('server', ids, true)
    const watchers = await board.watchers(['dropped', ...ids])
    expect(watchers.get('dropped')).toEqual([])
    expect(ids.every((id) => watchers.get(id)?.[0] === 'server')).toBe(true)
    await routing.dropInterest('server', ids)
    expect(await routing.interested(ids[2_499] ?? '')).toEqual([])
  })
})
