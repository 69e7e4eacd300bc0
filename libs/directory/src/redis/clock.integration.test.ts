import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { sharedEngines } from '@rookery/engines'
import { randomUUID } from 'node:crypto'
import { setTimeout as pass } from 'node:timers/promises'
import type { PresenceBoard } from '../presence-board.ts'
import type { Routing } from '../routing.ts'
import type { Throttle } from '../throttle.ts'
import { RedisConnection, script } from './connection.ts'
import { openRedisPresenceBoard, openRedisRouting, openRedisThrottle } from './index.ts'

const { REDIS_URL: url } = await sharedEngines(['redis'])
const leaseMs = 800
const policy = { points: 4, windowMs: 60_000 }
const route = {
  username: 'ann',
  connectionId: 'c1',
  serverId: 'server',
  deviceId: 'd1',
  session: null,
  named: { device: true, session: false },
  heardAtMs: 1,
  maxDevices: 1,
  maxSockets: 1,
}

/**
 * Produces the state after Redis' clock was set back by two hours. The clock of a running Redis
 * cannot be set, so all stored times, and all ends of keys, are moved two hours into the future.
 */
const setBack = script(`
local ms = 7200000
local function later(value, unit) return text(number(value) + ms * unit) end
for _, key in ipairs(redis.call('KEYS', p .. '*')) do
  local kind = redis.call('TYPE', key).ok
  local name = string.sub(key, #p + 1)
  local left = redis.call('PTTL', key)
  if string.find(name, '^points:') then
    redis.call('SET', key, (string.gsub(redis.call('GET', key), '[%d.]+', function(at) return later(at, 1) end)))
  elseif string.find(name, '^routes:') then
    local all = redis.call('HGETALL', key)
    for i = 1, #all, 2 do
      redis.call('HSET', key, all[i], (string.gsub(all[i + 1], '^(%d+) (%d+)', function(a, b)
        return later(a, 1000) .. ' ' .. later(b, 1000)
      end)))
    end
  elseif string.find(name, '^report:') then
    local all = redis.call('HGETALL', key)
    for i = 1, #all, 2 do
      redis.call('HSET', key, all[i], (string.gsub(all[i + 1], '%d+$', function(at) return later(at, 1) end)))
    end
  elseif kind == 'zset' then
    local unit = (name == 'servers' or name == 'reports' or name == 'reported') and 1 or 1000
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      redis.call('ZINCRBY', key, ms * unit, member)
    end
  end
  if left > 0 then redis.call('PEXPIRE', key, left + ms) end
end
`)

describe('Redis whose clock was set back by two hours', () => {
  let connection: RedisConnection
  let routing: Routing
  let board: PresenceBoard
  let throttle: Throttle
  beforeEach(async () => {
    const options = { url, keyPrefix: `{${randomUUID()}}:` }
    connection = await RedisConnection.open(options)
    routing = await openRedisRouting({ ...options, leaseMs })
    board = await openRedisPresenceBoard({ ...options, leaseMs })
    throttle = await openRedisThrottle(options)
  })
  afterEach(async () => {
    await Promise.all([routing.close(), board.close(), throttle.close()])
    connection.close()
  })
  const take = (cost: number): ReturnType<Throttle['consume']> =>
    throttle.consume('log-in', 'ann', cost, policy)

  it('makes no client wait longer than before the clock was set back', async () => {
    await take(4)
    await connection.run(setBack)
    const { allowed, retryAfterMs } = await take(1)
    expect(allowed).toBe(false)
    // Stored values are rounded.
    expect(retryAfterMs).toBeLessThanOrEqual(policy.windowMs / policy.points + 1)
  })

  it('gives points back to a client that keeps asking after the clock was set back', async () => {
    await throttle.consume('log-in', 'bob', 4, { points: 4, windowMs: 1_000 })
    await connection.run(setBack)
    for (let i = 0; i < 4; i += 1) {
      await throttle.consume('log-in', 'bob', 4, { points: 4, windowMs: 1_000 })
      await pass(100)
    }
    const { allowed } = await throttle.consume('log-in', 'bob', 1, { points: 4, windowMs: 1_000 })
    expect(allowed).toBe(true)
  })

  it('forgets a dead server one lease after the clock was set back', async () => {
    await routing.renewServer('dead')
    await connection.run(setBack)
    await routing.renewServer('live')
    expect(await routing.servers()).toContain('dead')
    await pass(leaseMs + 50)
    expect(await routing.servers()).not.toContain('dead')
  })

  it('frees the device of a dead connection one lease after the clock was set back', async () => {
    await routing.claimRoute(route)
    await connection.run(setBack)
    const other = { ...route, connectionId: 'c2', deviceId: 'd2' }
    expect(await routing.claimRoute(other)).toMatchObject({ ok: false, limit: 'devices' })
    await pass(leaseMs + 50)
    expect(await routing.claimRoute(other)).toMatchObject({ ok: true })
  })

  it('shows no user of a dead server as connected one lease after the clock was set back', async () => {
    await board.report('server', [{ username: 'ann', connected: true, atMs: 1 }])
    await board.watch('server', ['bob'], true)
    await board.takeChanged(10)
    await connection.run(setBack)
    await board.takeChanged(10)
    expect((await board.watchers(['bob'])).get('bob')).toEqual(['server'])
    await pass(leaseMs + 50)
    expect(await board.takeChanged(10)).toEqual(['ann'])
    expect((await board.facts(['ann'])).get('ann')?.connected).toBe(false)
    expect((await board.watchers(['bob'])).get('bob')).toEqual([])
  })
})
