import { connect } from 'node:net'
import { once } from 'node:events'
import type { Fault } from '../fault.ts'
import { setting } from './victim.ts'

const boundMs = 10_000

export function flushed(): Fault {
  return poisoning('redis flushed', "redis.call('FLUSHALL')")
}

/** Every value is replaced by a text: wrong in type and in content. */
export function poisonedWithText(): Fault {
  return poisoning(
    'redis entries replaced by text',
    `for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('SET', key, 'garbage') end`,
  )
}

/**
 * Every value has the right type and a wrong content: heads that are too high, servers that do not
 * exist, heads that stay fresh for good.
 */
export function poisonedWithLies(): Fault {
  return poisoning(
    'redis entries replaced by lies',
    `
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  if string.find(key, 'head:', 1, true) then redis.call('SET', key, '1:987654321')
  elseif string.find(key, 'fresh:', 1, true) then redis.call('SET', key, '987654321')
  elseif kind == 'string' then redis.call('SET', key, '99999999999999999')
  elseif kind == 'zset' then
    redis.call('DEL', key)
    redis.call('ZADD', key, 99999999999999999, 'nobody')
  elseif kind == 'hash' then
    for _, field in ipairs(redis.call('HKEYS', key)) do redis.call('HSET', key, field, '1 2 3 garbage') end
  end
end`,
  )
}

function poisoning(name: string, lua: string): Fault {
  return {
    name,
    boundMs,
    measuredFrom: 'apply',
    holdMs: 5_000,
    apply: async ({ cluster }) => {
      await evaluate(setting(cluster, 'REDIS_URL'), lua)
      return async () => undefined
    },
  }
}

/** Runs a script over a new connection. */
export async function evaluate(url: string, lua: string): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const script = `${lua}\nreturn 'done'`
  const words = ['EVAL', script, '0']
  const encoded = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  socket.write(`*${words.length}\r\n${encoded.join('')}`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  if (!answer.toString().includes('done')) throw new Error(`Redis says ${answer.toString()}`)
}
