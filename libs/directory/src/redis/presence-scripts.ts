import { seenEveryMs } from '../presence-board.ts'
import { type Script, script } from './connection.ts'

// The keys:
//   report:<user>      a hash: server → whether connected, and the end of the report's lease
//   reports            a sorted set: JSON of [server, user] → the end of the report's lease
//   reported           a sorted set: user → the end of the latest report's lease
//   seen:<user>        the last time at which the user was reported as connected
//   choice:<user>      the chosen status
//   shown:<user>       the status that others see
//   showing            a set: the users who are shown as not offline
//   changed            a sorted set: changed user → when the user changed
//   watched:<user>     a sorted set: server → when its watch was added
//   watching:<server>  the time before which the server's watches do not count

/** A user who is not connected for this time is forgotten: offline and never seen. */
const rememberedTtlMs = 90 * 86_400_000
// Much longer than needed: servers replace all their watches every 5 s.
const watchTtlMs = 600_000
const maxSweptPerStep = 1_000

const mark = `
local function mark(user) redis.call('ZADD', p .. 'changed', 'NX', text(us), user) end
`
const sweep = (leaseMs: number): string => `${mark}
local function reportNamed(name)
  local sound, names = pcall(cjson.decode, name)
  if sound and type(names) == 'table' and type(names[1]) == 'string' and type(names[2]) == 'string' then
    return names[1], names[2]
  end
end
shorten(p .. 'reported', ${leaseMs})
for _, name in ipairs(shorten(p .. 'reports', ${leaseMs})) do
  local server, user = reportNamed(name)
  local connected = server and string.match(redis.call('HGET', p .. 'report:' .. user, server) or '', '^(%d) ')
  if connected then redis.call('HSET', p .. 'report:' .. user, server, connected .. ' ' .. text(now + ${leaseMs})) end
end
redis.call('ZREMRANGEBYSCORE', p .. 'reported', '-inf', text(now))
for _, name in ipairs(redis.call('ZRANGEBYSCORE', p .. 'reports', '-inf', text(now), 'LIMIT', 0, ${maxSweptPerStep})) do
  redis.call('ZREM', p .. 'reports', name)
  local server, user = reportNamed(name)
  if server then
    redis.call('HDEL', p .. 'report:' .. user, server)
    mark(user)
  end
end
`

export interface PresenceScripts {
  report: Script
  choose: Script
  watch: Script
  unwatch: Script
  watchers: Script
  sweep: Script
  takeChanged: Script
  markAllChanged: Script
  facts: Script
  publish: Script
}

export function presenceScripts(leaseMs: number): PresenceScripts {
  return {
    // ARGV: server, (user, connected, at, name of the report)…
    report: script(`${mark}
local ends = now + ${leaseMs}
for i = 2, #ARGV, 4 do
  local user, connected, at, name = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local before = redis.call('HGET', p .. 'report:' .. user, ARGV[1]) or ''
  local was, till = string.match(before, '^(%d) (%d+)$')
  local news = was ~= connected or tonumber(till) <= now
  redis.call('HSET', p .. 'report:' .. user, ARGV[1], connected .. ' ' .. text(ends))
  redis.call('PEXPIRE', p .. 'report:' .. user, ${2 * leaseMs})
  redis.call('ZADD', p .. 'reports', text(ends), name)
  redis.call('ZADD', p .. 'reported', text(ends), user)
  if connected == '1' then
    local key = p .. 'seen:' .. user
    local seen = number(redis.call('GET', key))
    local last = math.max(tonumber(at), seen)
    redis.call('SET', key, text(last), 'PX', ${rememberedTtlMs})
    if math.floor(last / ${seenEveryMs}) ~= math.floor(seen / ${seenEveryMs}) then news = true end
  end
  if news then mark(user) end
end
`),

    // ARGV: user, at, JSON
    choose: script(`${mark}
local key = p .. 'choice:' .. ARGV[1]
local earlier = redis.call('HGET', key, 'at')
if earlier and number(earlier) >= tonumber(ARGV[2]) then return end
redis.call('HSET', key, 'at', ARGV[2], 'json', ARGV[3])
redis.call('PEXPIRE', key, ${rememberedTtlMs})
mark(ARGV[1])
`),

    // A large set comes in several parts. When the last part is added, only watches count that are
    // as new as the first part; until then the old ones count as well. ARGV: server, the time of
    // the first part ('' in the first part: now), whether this part ends a replacement, user…;
    // returns the time of the first part
    watch: script(`
local key = p .. 'watching:' .. ARGV[1]
local since = ARGV[2] ~= '' and ARGV[2] or text(us)
for i = 4, #ARGV do
  local watched = p .. 'watched:' .. ARGV[i]
  redis.call('ZADD', watched, since, ARGV[1])
  redis.call('PEXPIRE', watched, ${watchTtlMs})
end
if ARGV[3] == '1' then
  redis.call('SET', key, since, 'PX', ${leaseMs})
else
  redis.call('SET', key, since, 'NX', 'PX', ${leaseMs})
  redis.call('PEXPIRE', key, ${leaseMs})
end
return since
`),

    // ARGV: server, user…
    unwatch: script(`
for i = 2, #ARGV do redis.call('ZREM', p .. 'watched:' .. ARGV[i], ARGV[1]) end
`),

    // ARGV: user…
    watchers: script(`
local from, each = {}, {}
for i = 1, #ARGV do
  local servers = {}
  local added = redis.call('ZRANGE', p .. 'watched:' .. ARGV[i], 0, -1, 'WITHSCORES')
  for j = 1, #added, 2 do
    local server = added[j]
    if from[server] == nil then
      local watching = p .. 'watching:' .. server
      if redis.call('PTTL', watching) > ${leaseMs} then redis.call('PEXPIRE', watching, ${leaseMs}) end
      from[server] = tonumber(redis.call('GET', watching) or 'inf') or 0
    end
    if tonumber(added[j + 1]) >= from[server] then servers[#servers + 1] = server end
  end
  each[i] = servers
end
return each
`),

    // Returns the number of changed users.
    sweep: script(`${sweep(leaseMs)}
return redis.call('ZCARD', p .. 'changed')
`),

    // ARGV: limit; returns the number of changed users that are left, and the taken ones
    takeChanged: script(`${sweep(leaseMs)}
local taken = {}
local popped = redis.call('ZPOPMIN', p .. 'changed', ARGV[1])
for i = 1, #popped, 2 do taken[#taken + 1] = popped[i] end
return { redis.call('ZCARD', p .. 'changed'), taken }
`),

    markAllChanged: script(`
redis.call('ZREMRANGEBYSCORE', p .. 'reported', '-inf', text(now))
redis.call('ZUNIONSTORE', p .. 'changed', 3, p .. 'changed', p .. 'reported', p .. 'showing',
  'WEIGHTS', 1, 0, 0, 'AGGREGATE', 'MAX')
`),

    // ARGV: user…; returns for each: whether connected, when last connected, the choice
    facts: script(`
local facts = {}
for i = 1, #ARGV do
  local connected = 0
  for _, report in ipairs(redis.call('HVALS', p .. 'report:' .. ARGV[i])) do
    local is, ends = string.match(report, '^(%d) (%d+)$')
    if is == '1' and tonumber(ends) > now then connected = 1 end
  end
  facts[#facts + 1] = connected
  facts[#facts + 1] = redis.call('GET', p .. 'seen:' .. ARGV[i])
  facts[#facts + 1] = redis.call('HGET', p .. 'choice:' .. ARGV[i], 'json')
end
return facts
`),

    // ARGV: (user, whether offline, JSON)…
    publish: script(`
for i = 1, #ARGV, 3 do
  redis.call('SET', p .. 'shown:' .. ARGV[i], ARGV[i + 2], 'PX', ${rememberedTtlMs})
  redis.call(ARGV[i + 1] == '1' and 'SREM' or 'SADD', p .. 'showing', ARGV[i])
end
`),
  }
}
