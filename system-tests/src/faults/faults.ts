import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster, ServiceKind, ServiceProcess } from '@rookery/cluster'
import type { EngineName } from '@rookery/engines'

export interface Fault {
  name: string
  /** Time within which everyone's sends are acknowledged again once it is over; DESIGN's bounds, with room for a small machine. */
  boundMs: number
  /** Does it, and resolves when what it did is over (the engine is back, the process has been started again). */
  run(cluster: Cluster): Promise<void>
}

const awayMs = 8_000
const frozenMs = 20_000

function first(cluster: Cluster, kind: ServiceKind): ServiceProcess {
  const [service] = cluster.of(kind)
  if (service === undefined) throw new Error(`there is no ${kind}`)
  return service
}

function killed(kind: ServiceKind): Fault {
  return {
    name: `${kind} kill -9`,
    boundMs: 20_000,
    run: async (cluster) => {
      const service = first(cluster, kind)
      await service.stop('SIGKILL')
      service.start()
    },
  }
}

function stopped(kind: ServiceKind): Fault {
  return {
    name: `${kind} SIGTERM`,
    boundMs: 10_000,
    run: async (cluster) => {
      const service = first(cluster, kind)
      await service.stop('SIGTERM')
      service.start()
    },
  }
}

/** Past its sessions, and thawed: it believes that it still owns what others took over. */
function frozen(kind: ServiceKind): Fault {
  return {
    name: `${kind} frozen for ${frozenMs / 1000} s`,
    boundMs: 20_000,
    run: async (cluster) => {
      const service = first(cluster, kind)
      service.signal('SIGSTOP')
      await delay(frozenMs)
      service.signal('SIGCONT')
    },
  }
}

function engineKilled(name: EngineName): Fault {
  return {
    name: `${name} kill -9, back after ${awayMs / 1000} s`,
    boundMs: 30_000,
    run: async ({ engines }) => {
      await engines?.kill(name)
      await delay(awayMs)
      await engines?.restart(name)
    },
  }
}

function engineFrozen(name: EngineName): Fault {
  return {
    name: `${name} frozen for ${awayMs / 1000} s`,
    boundMs: 30_000,
    run: async ({ engines }) => {
      engines?.freeze(name)
      await delay(awayMs)
      engines?.thaw(name)
    },
  }
}

export const faults: readonly Fault[] = [
  killed('chat-server'),
  stopped('chat-server'),
  frozen('chat-server'),
  killed('dispatcher'),
  stopped('dispatcher'),
  frozen('dispatcher'),
  killed('presence'),
  killed('api'),
  engineKilled('redis'),
  engineFrozen('redis'),
  engineKilled('kafka'),
  engineFrozen('kafka'),
  engineKilled('cassandra'),
  engineKilled('zookeeper'),
  engineKilled('mariadb'),
]
