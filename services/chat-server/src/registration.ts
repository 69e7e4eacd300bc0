import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Coordination } from '@rookery/coordination'
import type { Logger } from '@rookery/service-kit'
import type { AdvertisedAddress } from './advertised.ts'
import { every } from './every.ts'

export interface RegistrationDeps {
  serverId: string
  coordination: Pick<Coordination, 'join'>
  connections: { readonly size: number }
  logger: Logger
  isDraining: () => boolean
}

/** What discovery knows of a chat server. */
export interface ChatServerRecord {
  id: string
  /** An address that clients can reach. */
  host: string
  port: number
  /** The URL that clients are told; absent: host and port suffice. */
  url?: string
  sockets: number
  /** Share of one core, over the last few seconds. */
  cpu: number
  /** How late timers ran, on average. */
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
  { serverId, coordination, connections, logger, isDraining }: RegistrationDeps,
  address: AdvertisedAddress,
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
      id: serverId,
      ...address,
      sockets: connections.size,
      cpu: elapsedMs < 1 ? 0 : Math.round((used.user + used.system) / elapsedMs / 10) / 100,
      eventLoopDelayMs: lateness(delays.mean),
      draining: isDraining(),
      version,
    }
    delays.reset()
    return JSON.stringify(load)
  }
  const membership = await coordination.join(chatServerGroup, serverId, record())
  const stop = every(updateEveryMs, () => membership.update(record()), logger)
  return {
    leave: async () => {
      stop()
      delays.disable()
      await membership.leave()
    },
  }
}

/** In ms, from the mean time between samples in ns, which is NaN without samples. */
export function lateness(meanNs: number): number {
  return Math.max(0, Math.round(meanNs / 1e5 - delaySampleMs * 10) / 10) || 0
}
