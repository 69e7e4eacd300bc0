import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Coordination } from '@rookery/coordination'
import type { AdvertisedAddress } from './advertised.ts'
import type { Connection } from './sockets/connection.ts'
import type { ChatContext } from './context.ts'
import { every } from './every.ts'

/** What discovery knows of a chat server. */
export interface ChatServerRecord {
  id: string
  /** An address that clients can reach. */
  host: string
  port: number
  /** What clients are told, where it is more than host and port. */
  url?: string
  sockets: number
  /** Share of one core, over the last few seconds. */
  cpu: number
  /** How much later than due timers ran, on average. */
  eventLoopDelayMs: number
  draining: boolean
  version: string
}

export const chatServerGroup = 'chat-servers'
const updateEveryMs = 2_000
const delaySampleMs = 20
const version = '1'

/** Shows the server in discovery, with its load. */
export async function register(
  ctx: ChatContext,
  coordination: Coordination,
  address: AdvertisedAddress,
  connections: ReadonlyMap<string, Connection>,
): Promise<{ leave(): Promise<void> }> {
  const delays = monitorEventLoopDelay({ resolution: delaySampleMs })
  delays.enable()
  let cpuBefore = process.cpuUsage()
  let before = performance.now()
  const record = (): string => {
    const used = process.cpuUsage(cpuBefore)
    const elapsedMs = performance.now() - before
    cpuBefore = process.cpuUsage()
    before = performance.now()
    const load: ChatServerRecord = {
      id: ctx.serverId,
      ...address,
      sockets: connections.size,
      cpu: elapsedMs < 1 ? 0 : Math.round((used.user + used.system) / elapsedMs / 10) / 100,
      eventLoopDelayMs: lateness(delays.mean),
      draining: ctx.draining,
      version,
    }
    delays.reset()
    return JSON.stringify(load)
  }
  const membership = await coordination.join(chatServerGroup, ctx.serverId, record())
  const stop = every(updateEveryMs, () => membership.update(record()), ctx.logger)
  return {
    leave: async () => {
      stop()
      delays.disable()
      await membership.leave()
    },
  }
}

/** Milliseconds. The histogram holds the times between samples, in ns; NaN without any. */
export function lateness(meanNs: number): number {
  return Math.max(0, Math.round(meanNs / 1e5 - delaySampleMs * 10) / 10) || 0
}
