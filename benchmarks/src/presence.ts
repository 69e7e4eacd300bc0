import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openRedisPresenceBoard, openRedisPushBus } from '@rookery/directory/redis'
import { startEngines } from '@rookery/engines'
import { createLogger } from '@rookery/service-kit'
import { redisCost } from './redis-cost.ts'
import { CountingViewer, SimulatedServer } from './simulated-servers.ts'

export interface PresenceLoad {
  users: number
  /** The number of users that each user watches. */
  watched: number
  servers: number
}

const bigWatchers = 20
const mostWatched = 500
const graceMs = 4_000
const settledAfterMs = 2_000
const patienceMs = 60_000
const leaderFile = fileURLToPath(new URL('./presence-leader.js', import.meta.url))

/**
 * Measures presence alone, on a real Redis, with a presence process of its own: all users come,
 * reconnect at once, leave, come back, and change their status. The chat servers' part is their
 * real code, with sockets that only count.
 */
export async function runPresence({ users, watched, servers }: PresenceLoad): Promise<void> {
  const engines = await startEngines({ which: ['redis'] })
  const url = engines.variables.REDIS_URL
  const leader = fork(leaderFile, [url], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  await once(leader, 'message')
  const board = await openRedisPresenceBoard({ url })
  const bus = await openRedisPushBus({ url })
  let failures = 0
  const logger = createLogger('bench', { level: 'silent' })
  logger.warn = () => void (failures += 1)
  const all = await Promise.all(
    Array.from({ length: servers }, (_, n) =>
      SimulatedServer.open(`chat-${n}`, { board, bus, logger }),
    ),
  )
  const names = Array.from({ length: users }, (_, n) => `user${n}`)
  const serverOf = (n: number): SimulatedServer => all[n % servers] as SimulatedServer
  const viewers = names.map(() => new CountingViewer())
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  say(
    `${users} users on ${servers} chat servers, each watching ${watched}, ${bigWatchers} of them ${mostWatched}`,
  )
  say(
    'phase | transitions | until all saw it | frames per viewer, mean / most | most frames in a second | updates per frame | leader CPU, Redis commands, Redis CPU per transition | chat servers CPU | board steps that failed',
  )
  const leaderCpu = async (): Promise<number> => {
    leader.send('cpu')
    const [seconds] = (await once(leader, 'message')) as [number]
    return seconds
  }
  /** `after`: the status that every viewer must see at the end for each watched user. */
  const phase = async (
    title: string,
    transitions: number,
    work: () => Promise<void> | void,
    after: (status: string | undefined) => boolean,
  ): Promise<void> => {
    for (const viewer of viewers) viewer.reset()
    failures = 0
    const [cpu, redis, own] = [await leaderCpu(), await redisCost(url), process.cpuUsage()]
    const startedMs = performance.now()
    await work()
    const workedMs = performance.now()
    const isSeen = (): boolean =>
      viewers.every(({ watched: ids, statuses }) => [...ids].every((id) => after(statuses.get(id))))
    while (!isSeen() && performance.now() - workedMs < patienceMs) await delay(200)
    const lastMs = Math.max(startedMs, ...viewers.map((viewer) => viewer.lastMs))
    if (performance.now() - lastMs < settledAfterMs) await delay(settledAfterMs)
    const used = (await leaderCpu()) - cpu
    const cost = await redisCost(url)
    const mine = process.cpuUsage(own)
    const sum = (of: (viewer: CountingViewer) => number): number =>
      viewers.reduce((total, viewer) => total + of(viewer), 0)
    const most = (of: (viewer: CountingViewer) => number): number =>
      viewers.reduce((highest, viewer) => Math.max(highest, of(viewer)), 0)
    const frames = sum((viewer) => viewer.frames)
    const per = (amount: number): string => (amount / Math.max(1, transitions)).toFixed(1)
    const seconds = (performance.now() - startedMs) / 1_000
    say(
      [
        `${title} (${seconds.toFixed(0)} s)`,
        transitions,
        isSeen() ? `${((lastMs - startedMs) / 1_000).toFixed(1)} s` : 'NOT SEEN',
        `${(frames / users).toFixed(1)} / ${most((viewer) => viewer.frames)}`,
        most((viewer) => viewer.mostInOneSecond),
        (sum((viewer) => viewer.updates) / Math.max(1, frames)).toFixed(1),
        transitions === 0
          ? `in all ${((used / seconds) * 100).toFixed(1)} % of a core, ${((cost.commands - redis.commands) / seconds).toFixed(0)} commands/s, ${(((cost.cpuSeconds - redis.cpuSeconds) / seconds) * 100).toFixed(1)} %`
          : `${per(used * 1e6)} µs, ${per(cost.commands - redis.commands)}, ${per((cost.cpuSeconds - redis.cpuSeconds) * 1e6)} µs`,
        transitions === 0
          ? `in all ${((mine.user + mine.system) / 1e4 / seconds).toFixed(1)} %`
          : `${per(mine.user + mine.system)} µs`,
        failures,
      ].join(' | '),
    )
  }
  const online = (status: string | undefined): boolean => status === 'online'
  const connectAll = (shift: number): void =>
    names.forEach((name, n) => serverOf(n + shift).connect(name))
  const disconnectAll = (shift: number): void =>
    names.forEach((name, n) => serverOf(n + shift).disconnect(name))
  try {
    for (const [n, viewer] of viewers.entries()) {
      const count = Math.min(users, n < bigWatchers ? mostWatched : watched)
      const ids = Array.from({ length: count }, (_, k) => names[(n * 31 + k * 7 + 1) % users] ?? '')
      await serverOf(n).feed.subscribe(viewer, [...new Set(ids)])
    }
    await phase('all come at once', users, () => connectAll(0), online)
    await phase('nothing happens', 0, () => delay(20_000).then(() => undefined), online)
    await phase(
      'all reconnect at once, on another server, 2 s later',
      users,
      async () => {
        disconnectAll(0)
        await delay(2_000)
        connectAll(1)
        await delay(graceMs)
      },
      online,
    )
    await phase(
      'all leave at once',
      users,
      () => disconnectAll(1),
      (status) => status === 'offline',
    )
    await phase('all come back at once', users, () => connectAll(2), online)
    await phase(
      '500 change status each second for 10 s',
      5_000,
      async () => {
        for (let i = 0; i < 5_000; i += 1) {
          const status = i % 2 === 0 ? 'away' : 'busy'
          await board.choose(names[(i * 7) % users] ?? '', { status, text: null, atMs: Date.now() })
          if (i % 50 === 49) await delay(90)
        }
      },
      (status) => status !== undefined && status !== 'offline',
    )
  } finally {
    for (const server of all) server.close()
    leader.disconnect()
    await once(leader, 'exit')
    await bus.close()
    await board.close()
    await engines.stop()
  }
}
