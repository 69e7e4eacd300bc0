import type { ServiceKind } from '@rookery/cluster'
import type { Fault } from '../fault.ts'
import { oneOf } from './victim.ts'

const processBoundMs = 10_000
const orderlyBoundMs = 3_000
/** Longer than any session of an engine, so that other processes take over its work. */
const frozenMs = 20_000

export function killed(kind: ServiceKind): Fault {
  return {
    name: `${kind} kill -9`,
    boundMs: processBoundMs,
    measuredFrom: 'apply',
    holdMs: 0,
    apply: async (world) => {
      const service = await oneOf(world, kind)
      await service.stop('SIGKILL')
      return async () => {
        service.start()
        await service.ready(60_000)
      }
    },
  }
}

export function stopped(kind: ServiceKind): Fault {
  return {
    name: `${kind} SIGTERM`,
    boundMs: orderlyBoundMs,
    measuredFrom: 'heal',
    holdMs: 0,
    apply: async (world) => {
      const service = await oneOf(world, kind)
      await service.stop('SIGTERM')
      return async () => {
        service.start()
        await service.ready(60_000)
      }
    },
  }
}

/** Frozen until its sessions end, and thawed: it believes that it still owns its old work. */
export function frozen(kind: ServiceKind): Fault {
  return {
    name: `${kind} frozen for ${frozenMs / 1000} s`,
    boundMs: processBoundMs,
    measuredFrom: 'apply',
    holdMs: frozenMs,
    apply: async (world) => {
      const service = await oneOf(world, kind)
      service.signal('SIGSTOP')
      return async () => service.signal('SIGCONT')
    },
  }
}
