import { type Script, script } from './connection.ts'

// The keys:
//   servers             a sorted set: live server → the end of its lease
//   forgotten:<server>  when the server was forgotten
//   draining:<server>   when the server began to drain
//   interest:<channel>  a sorted set: server → when its interest was added
//   head:<channel>      epoch:seq
//   fresh:<partition>   the generation of the dispatcher that vouched for the partition
//   version:<user>      the user version
//   routes:<user>       a hash: connection → packed route
// No key lists the channels or the routes of a server. Instead, a server that is forgotten or
// drains leaves a stamp, and entries older than the stamp do not count. Example: a server is
// forgotten at 12:00:05 and comes back; its interest of 12:00:03 does not count, that of 12:00:06
// does.

/**
 * How long interest that is not renewed is kept, and the stamps that void it. Servers renew their
 * interest every 5 s.
 */
const interestTtlMs = 600_000
/** A head or version that has expired is read from the store. */
const factsTtlMs = 86_400_000
const drainingTtlMs = 3_600_000

const liveServers = `
local leases, stamps = {}, {}
local function lives(server)
  if leases[server] == nil then leases[server] = number(redis.call('ZSCORE', p .. 'servers', server)) end
  return leases[server] > now
end
local function stamp(kind, server)
  local key = p .. kind .. server
  if stamps[key] == nil then
    local at = number(redis.call('GET', key))
    -- A stamp in the future is garbage, or the clock was set back.
    stamps[key] = at <= us and at or 0
  end
  return stamps[key]
end
`

const interested = `${liveServers}
local function interested(channel)
  local key = p .. 'interest:' .. channel
  local added = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  local servers = {}
  for i = 1, #added, 2 do
    local server, since = added[i], tonumber(added[i + 1])
    if not lives(server) then
      if since < us - ${interestTtlMs * 1000} then redis.call('ZREM', key, server) end
    elseif since > stamp('forgotten:', server) then
      servers[#servers + 1] = server
    end
  end
  return servers
end
`

// Packed: renewed (us), claimed (us), heard (ms), JSON of [server, device, session].
const routes = (leaseMs: number): string => `
local function unpackRoute(id, packed)
  local renewed, claimed, heard, json = string.match(packed, '^(%d+) (%d+) (%d+) (.*)$')
  local sound, names = pcall(cjson.decode, json)
  if not sound or type(names) ~= 'table' or type(names[1]) ~= 'string' or type(names[2]) ~= 'string' then return nil end
  return { id = id, renewed = tonumber(renewed), claimed = tonumber(claimed), heard = tonumber(heard), json = json,
    server = names[1], device = names[2], session = names[3] }
end
local function putRoute(user, id, claimed, heard, json)
  local key = p .. 'routes:' .. user
  redis.call('HSET', key, id, text(us) .. ' ' .. text(claimed) .. ' ' .. text(heard) .. ' ' .. json)
  redis.call('PEXPIRE', key, ${leaseMs})
end
local function liveRoutes(user)
  local key = p .. 'routes:' .. user
  local stored = redis.call('HGETALL', key)
  local live = {}
  for i = 1, #stored, 2 do
    local route = unpackRoute(stored[i], stored[i + 1])
    if route and route.renewed > us then
      -- The clock was set back after the renewal: the route counts as renewed now.
      route.renewed, route.claimed = us, math.min(us, route.claimed)
      putRoute(user, route.id, route.claimed, route.heard, route.json)
    end
    if route and route.renewed > us - ${leaseMs * 1000} and route.renewed > stamp('forgotten:', route.server) then
      live[#live + 1] = route
    else
      redis.call('HDEL', key, stored[i])
    end
  end
  return live
end
local function flatten(list)
  local flat = {}
  for _, route in ipairs(list) do
    flat[#flat + 1] = route.id
    flat[#flat + 1] = text(route.heard)
    flat[#flat + 1] = route.json
  end
  return flat
end
`

export interface RoutingScripts {
  renewServer: Script
  forgetServer: Script
  servers: Script
  advance: Script
  addInterest: Script
  dropInterest: Script
  interested: Script
  correctHead: Script
  claimRoute: Script
  renewRoutes: Script
  drainRoutes: Script
  routesOf: Script
  proposeVersions: Script
}

export function routingScripts(leaseMs: number, freshnessMs: number): RoutingScripts {
  return {
    // ARGV: server
    renewServer: script(`
redis.call('ZADD', p .. 'servers', text(now + ${leaseMs}), ARGV[1])
redis.call('ZREMRANGEBYSCORE', p .. 'servers', '-inf', text(now))
shorten(p .. 'servers', ${leaseMs})
redis.call('PEXPIRE', p .. 'draining:' .. ARGV[1], ${drainingTtlMs})
`),

    // ARGV: server
    forgetServer: script(`
redis.call('ZREM', p .. 'servers', ARGV[1])
redis.call('SET', p .. 'forgotten:' .. ARGV[1], text(us), 'PX', ${Math.max(interestTtlMs, leaseMs)})
`),

    servers: script(`return redis.call('ZRANGEBYSCORE', p .. 'servers', '(' .. text(now), '+inf')`),

    // ARGV: number of steps, and for each: partition, generation, whether fresh, number of heads,
    // number of users, (channel, epoch, seq)…, (user, version)…; returns for each step the servers
    // of each channel and the routes of each user
    advance: script(`${interested}${routes(leaseMs)}
local at, audiences = 2, {}
for step = 1, tonumber(ARGV[1]) do
  local partition, generation, fresh = ARGV[at], ARGV[at + 1], ARGV[at + 2] == '1'
  local heads, users = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  at = at + 5
  if fresh then
    local key = p .. 'fresh:' .. partition
    local held = redis.call('GET', key)
    -- A key that expires later than this script ever sets was not set by it: it is replaced.
    local left = redis.call('PTTL', key)
    local foreign = left < 0 or left > ${freshnessMs}
    if not held or foreign or number(held) <= tonumber(generation) then
      redis.call('SET', key, generation, 'PX', ${freshnessMs})
    end
  end
  local audience = { {}, {} }
  for i = 1, heads do
    local channel, epoch, seq = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    local key = p .. 'head:' .. channel
    local heldEpoch, heldSeq = string.match(redis.call('GET', key) or '', '^(%d+):(%d+)$')
    if not heldEpoch or epoch > tonumber(heldEpoch) or (epoch == tonumber(heldEpoch) and seq > tonumber(heldSeq)) then
      redis.call('SET', key, ARGV[at + 1] .. ':' .. ARGV[at + 2], 'PX', ${factsTtlMs})
    end
    audience[1][i] = interested(channel)
    at = at + 3
  end
  for i = 1, users do
    redis.call('SET', p .. 'version:' .. ARGV[at], ARGV[at + 1], 'PX', ${factsTtlMs})
    audience[2][i] = flatten(liveRoutes(ARGV[at]))
    at = at + 2
  end
  audiences[step] = audience
end
return audiences
`),

    // ARGV: server, (channel, partition)…; returns for each: the head, whether it is fresh
    addInterest: script(`
local fresh, views = {}, {}
for i = 2, #ARGV, 2 do
  local channel, partition = ARGV[i], ARGV[i + 1]
  local key = p .. 'interest:' .. channel
  redis.call('ZADD', key, text(us), ARGV[1])
  redis.call('PEXPIRE', key, ${interestTtlMs})
  if fresh[partition] == nil then
    local left = redis.call('PTTL', p .. 'fresh:' .. partition)
    fresh[partition] = left > 0 and left <= ${freshnessMs} and 1 or 0
  end
  views[#views + 1] = redis.call('GET', p .. 'head:' .. channel)
  views[#views + 1] = fresh[partition]
end
return views
`),

    // ARGV: server, channel…
    dropInterest: script(`
for i = 2, #ARGV do redis.call('ZREM', p .. 'interest:' .. ARGV[i], ARGV[1]) end
`),

    // ARGV: channel
    interested: script(`${interested}
return interested(ARGV[1])
`),

    // ARGV: channel, expected head, right head; '' means none
    correctHead: script(`
local key = p .. 'head:' .. ARGV[1]
local held = redis.call('GET', key) or ''
-- A value that is not a head counts as none.
if not string.find(held, '^%d+:%d+$') then held = '' end
if held ~= ARGV[2] then return end
if ARGV[3] == '' then redis.call('DEL', key) else redis.call('SET', key, ARGV[3], 'PX', ${factsTtlMs}) end
`),

    // ARGV: user, connection, heard, JSON, whether the client named a device, whether it named a
    // session, max devices, max sockets
    claimRoute: script(`${liveServers}${routes(leaseMs)}
local user, id, json = ARGV[1], ARGV[2], ARGV[4]
local namesDevice, namesSession = ARGV[5] == '1', ARGV[6] == '1'
local names = cjson.decode(json)
local device, session = names[2], names[3]
local function replaces(older)
  if namesDevice then return older.device == device and older.session == session end
  local olderIsNamed = older.device ~= '_' .. older.id
  return namesSession and not olderIsNamed and older.session == session
end
local replaced, counted, devices, deviceCount = nil, {}, {}, 0
for _, other in ipairs(liveRoutes(user)) do
  if other.id ~= id then
    if not replaced and replaces(other) then
      replaced = other
    elseif other.claimed > stamp('draining:', other.server) then
      counted[#counted + 1] = other
      if not devices[other.device] then
        devices[other.device] = true
        deviceCount = deviceCount + 1
      end
    end
  end
end
if not devices[device] and deviceCount >= tonumber(ARGV[7]) then return { 'devices', flatten(counted) } end
if #counted >= tonumber(ARGV[8]) then return { 'sockets', flatten(counted) } end
if replaced then redis.call('HDEL', p .. 'routes:' .. user, replaced.id) end
putRoute(user, id, us, tonumber(ARGV[3]), json)
return { 'ok', flatten({ replaced }), redis.call('GET', p .. 'version:' .. user) }
`),

    // ARGV: (user, connection, heard, JSON)…
    renewRoutes: script(`${liveServers}${routes(leaseMs)}
for i = 1, #ARGV, 4 do
  local user, id, heard, json = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3]
  local claimed = us
  local packed = redis.call('HGET', p .. 'routes:' .. user, id)
  if packed then
    local known = unpackRoute(id, packed)
    if known then
      claimed = math.min(us, known.claimed)
      heard = math.max(heard, known.heard)
    end
  end
  putRoute(user, id, claimed, heard, json)
end
`),

    // ARGV: server
    drainRoutes: script(`
redis.call('SET', p .. 'draining:' .. ARGV[1], text(us), 'PX', ${drainingTtlMs})
`),

    // ARGV: user…
    routesOf: script(`${liveServers}${routes(leaseMs)}
local each = {}
for i = 1, #ARGV do each[i] = flatten(liveRoutes(ARGV[i])) end
return each
`),

    // ARGV: (user, version)…
    proposeVersions: script(`
for i = 1, #ARGV, 2 do redis.call('SET', p .. 'version:' .. ARGV[i], ARGV[i + 1], 'NX', 'PX', ${factsTtlMs}) end
`),
  }
}
