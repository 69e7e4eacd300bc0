import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Coordination } from '@rookery/coordination'
import { type ChatServerRecord, chatServersGroup } from '@rookery/domain'
import { type Logger, Reconciler } from '@rookery/service-kit'
import type { AdvertisedAddress } from './advertised.ts'

export interface RegistrationDeps {
  serverId: string
  coordination: Pick<Coordination, 'join'>
  connections: { readonly size: number }
  logger: Pick<Logger, 'warn'>
  isDraining: () => boolean
}

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
  const membership = await coordination.join(chatServersGroup, serverId, record())
  const updating = new Reconciler(() => membership.update(record()), {
    everyMs: updateEveryMs,
    onError: (error) =>
      logger.warn(
        { err: error },
        'the load could not be written to discovery, it is tried again in 2 s',
      ),
  })
  return {
    leave: async () => {
      void updating.close()
      delays.disable()
      await membership.leave()
    },
  }
}

/**
 * How late the event loop's samples are, in ms.
 *
 * @param meanNs the mean time between samples; NaN without samples
 */
export function lateness(meanNs: number): number {
  return Math.max(0, Math.round(meanNs / 1e5 - delaySampleMs * 10) / 10) || 0
}
